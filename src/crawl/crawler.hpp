#pragma once

#include "event_log.hpp"
#include "mailbox.hpp"
#include "meter.hpp"
#include "open_tree.hpp"
#include "outage.hpp"
#include "received.hpp"
#include "replay.hpp"
#include "units.hpp"

#include <viltree/crawl/crawl.hpp>
#include <viltree/storage/journal.hpp>

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace viltree::crawl {

/// The loop that joins data set, machines, policy, checker and journal. Runs on one thread; parallel phases
/// (checking answers, growing trees) run in a TBB arena and are over before the loop goes on. One turn of the
/// loop:
///
///   1. open trees      while the policy has room and nothing waits for it
///   2. send            what the machines want, the oldest tree first
///   3. commit units    that are whole, in order
///   4. take answers    check them, journal them, and only then apply them to their trees
class Crawler {
 public:
  Crawler(const Options& options, const Parts& parts);
  ~Crawler();
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;

  /// See crawl().
  Progress run();

 private:
  using Duration = core::Clock::Duration;
  using ActionKey = std::pair<domain::ProblemIndex, domain::Ticket>;

  // Before the loop.
  void begin();

  // The loop.
  [[nodiscard]] bool done() const;
  void turn();
  void watch_stop();
  void watch_budget();
  void open_trees();
  [[nodiscard]] bool may_open() const;
  void take_item(dataset::Item item);
  void reject(domain::ProblemIndex problem, const dataset::Rejection& rejection);
  void open_tree(domain::Problem problem);
  void store_images(domain::Problem& problem);
  void send();
  [[nodiscard]] bool may_send(std::uint32_t sequences) const;
  void send_one(const ActionKey& key);
  void commit_units();
  void take_answers();
  void keep_answers(std::vector<Letter> letters);
  [[nodiscard]] bool is_answer(Letter& letter);
  void journal(const std::vector<Received>& received);
  void grow(std::vector<Received> received);
  void want(OpenTree& tree);
  void finish(OpenTree& tree);
  void suffer(const std::string& reason);
  void recover();

  // After it.
  Progress end();
  void fail(const std::string& message);

  // Telling.
  [[nodiscard]] State state() const;
  [[nodiscard]] Progress progress() const;
  void report(bool at_once);
  void note(std::string_view event, const EventLog::Fields& fields);
  [[nodiscard]] std::uint64_t journal_from() const;
  void sync_journal();

  const Options& options_;
  const Parts& parts_;
  tbb::global_control threads_;
  tbb::task_arena arena_;
  MachineFactory machines_;
  EventLog log_;
  storage::Manifest manifest_at_start_;
  std::unique_ptr<storage::JournalWriter> journal_;
  Replay replay_;
  Units units_;
  Totals totals_;
  Meter meter_;
  Outage outage_;  ///< what was asked waits, and is asked again one at a time until there is an answer

  std::map<domain::ProblemIndex, std::unique_ptr<OpenTree>> open_;
  std::set<ActionKey> waiting_;          ///< wanted, not sent: the oldest tree first, then by ticket
  std::uint64_t waiting_sequences_ = 0;  ///< their completions
  std::uint64_t in_flight_ = 0;          ///< completions asked for and not answered
  std::uint64_t requests_in_flight_ = 0;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::map<std::uint64_t, std::uint64_t> first_segments_;  ///< of the journal, by unit that is not committed
  std::uint64_t next_problem_ = 0;                         ///< that the source will give
  bool stopping_ = false;
  bool over_budget_ = false;
  bool source_ended_ = false;
  bool ended_ = false;  ///< the loop is over
  std::future<core::Status> sync_;
  Duration last_sync_{};
  Duration last_report_{};
  Duration last_status_{};
};

}  // namespace viltree::crawl
