#pragma once

#include "clients.hpp"
#include "mailbox.hpp"
#include "open_trees.hpp"
#include "received.hpp"
#include "report.hpp"
#include "run_journal.hpp"
#include "spending.hpp"
#include "units.hpp"

#include <viltree/crawl/crawl.hpp>
#include <viltree/search/machine_factory.hpp>

#include <cstdint>
#include <vector>

#include <tbb/task_arena.h>

namespace viltree::crawl {

/// What becomes of letters: they are read in parallel, journaled, and only then applied to their trees, also
/// in parallel; what these then want goes to the clients, and those that are finished to their units. For the
/// crawl's thread.
class Intake {
 public:
  /// All of them outlive it.
  struct Parts {
    Clients& clients;
    OpenTrees& trees;
    Units& units;
    Spending& spending;
    RunJournal& journal;
    Teller& teller;
    const search::MachineFactory& machines;
    tbb::task_arena& arena;
  };
  Intake(const Options& options, const Parts& parts) : options_(options), parts_(parts) {}

  void take(std::vector<Letter> letters);
  /// After a tree has grown.
  void settle(OpenTree& tree);
  /// Completions of this session without the decisions that the splitter needs.
  [[nodiscard]] std::uint64_t undecided() const { return undecided_; }

 private:
  [[nodiscard]] bool is_answer(const Letter& letter);
  [[nodiscard]] std::vector<Received> read(std::vector<Letter> letters) const;
  void count(const Received& one);
  void count_sample(const OpenTree& tree, const domain::TreeEvent& event);
  void count_ruling(const OpenTree& tree, const domain::Ruling& ruling);
  void count_undecided(const domain::TreeEvent& event);
  void grow(std::vector<Received> received);

  const Options& options_;
  Parts parts_;
  std::uint64_t undecided_ = 0;
};

}  // namespace viltree::crawl
