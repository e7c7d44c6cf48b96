#pragma once

#include "clients.hpp"
#include "open_trees.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "spending.hpp"
#include "units.hpp"

#include <viltree/crawl/crawl.hpp>
#include <viltree/search/machine_factory.hpp>

#include <cstdint>
#include <string>

namespace viltree::crawl {

/// The problem that would be opened next.
struct Next {
  domain::ProblemIndex problem;
  std::uint64_t left = 0;  ///< problems to come in all
  bool begun = false;      ///< in an earlier session: its answers are paid for, and may be all that it needs
};

/// From the data set to trees: reads problems, puts aside what is none or cannot be asked, and makes trees of
/// the others, with what the journal knows of them. For the crawl's thread.
class Opening {
 public:
  /// All of them outlive it.
  struct Parts {
    const crawl::Parts& run;
    const Clients& clients;
    OpenTrees& trees;
    Units& units;
    Spending& spending;
    Replay& replay;
    Teller& teller;
    const search::MachineFactory& machines;
  };
  Opening(const Options& options, const Parts& parts) : options_(options), parts_(parts) {}

  /// Passes over what is committed already.
  void begin();
  /// Reads the next problem that is not committed. Null where it was put aside, or nothing is left.
  [[nodiscard]] OpenTree* open_next();

  [[nodiscard]] Next next() const { return {{next_}, left(), next_ < parts_.replay.problems_end()}; }
  /// Nothing is left to be read.
  [[nodiscard]] bool ended() const { return ended_ || next_ >= total(); }
  /// The budget's problems have all been read, though there are more.
  [[nodiscard]] bool reached_budget() const;

 private:
  [[nodiscard]] std::uint64_t left() const;
  [[nodiscard]] std::uint64_t total() const { return parts_.units.manifest().total_problems; }
  void pass_committed_units();
  void reject(const dataset::Item& item, const std::string& reason);
  [[nodiscard]] OpenTree* open(const dataset::Item& item, domain::Problem problem);
  void store_images(domain::Problem& problem) const;

  const Options& options_;
  Parts parts_;
  std::uint64_t next_ = 0;  ///< problem that the source will give
  bool ended_ = false;
};

}  // namespace viltree::crawl
