#pragma once

#include "budget.hpp"
#include "client.hpp"
#include "event_log.hpp"
#include "mailbox.hpp"
#include "meter.hpp"
#include "open_tree.hpp"
#include "received.hpp"
#include "replay.hpp"
#include "send_queue.hpp"
#include "units.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/background.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/storage/journal.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace viltree::crawl {

/// The loop that joins data set, machines, policy, checker, judge and journal. Runs on one thread; parallel
/// phases (checking answers, growing trees) run in a TBB arena and are over before the loop goes on. One turn
/// of the loop:
///
///   1. send            what the trees want, each queue in its order, as far as its policy and the budget
///                      have room: questions to the judge, then samples
///   2. open trees      while there is room that nothing waits for, the last ones together
///   3. commit units    that are whole, in order
///   4. take answers    read them, journal them, and only then apply them to their trees
///
/// crawler_start.cpp has what comes before the loop, crawler_send.cpp what is asked and what it may cost,
/// crawler_answers.cpp what becomes of answers, crawler_report.cpp what it tells.
class Crawler {
 public:
  Crawler(const Options& options, const Parts& parts);
  ~Crawler();
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;

  /// See crawl().
  archive::Progress run();

 private:
  using Duration = core::Clock::Duration;

  // Before the loop.
  void begin();
  void start_clients();

  // The loop.
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool at_rest() const;
  void turn();
  void watch_stop();
  void watch_budget();
  [[nodiscard]] bool no_time_left() const;
  [[nodiscard]] bool nothing_affordable() const;
  void open_trees();
  [[nodiscard]] bool may_open() const;
  [[nodiscard]] bool room_for_tree() const;
  [[nodiscard]] std::uint64_t problems_left() const;
  [[nodiscard]] bool memory_for_tree() const;
  [[nodiscard]] bool kernel_for_tree() const;
  [[nodiscard]] bool budget_for_tree() const;
  void pass_committed_units();
  void take_item(dataset::Item item);
  void reject(domain::ProblemIndex problem, const dataset::Rejection& rejection);
  void open_tree(domain::Problem problem);
  void store_images(domain::Problem& problem);
  void send();
  void send(Client& client);
  [[nodiscard]] Amount most_of(const Client& client, const Wanted& wanted) const;
  [[nodiscard]] Amount most_of_sample(const Wanted& wanted) const;
  [[nodiscard]] Amount used_by(const archive::Totals& totals) const;
  [[nodiscard]] Amount used() const;
  void give_up(domain::ProblemIndex problem);
  void send_sample(const Wanted& wanted, const Amount& reserved);
  void ask_judge(const Wanted& wanted, const Amount& reserved);
  void commit_units();
  void take_answers();
  [[nodiscard]] Duration patience_of_turn() const;
  void keep_answers(std::vector<Letter> letters);
  void end_if_refused() const;
  [[nodiscard]] bool is_answer(const Letter& letter);
  void journal(const std::vector<Received>& received);
  void count(const Received& one);
  void count_sample(const OpenTree& tree, const domain::TreeEvent& event);
  void count_ruling(const OpenTree& tree, const domain::Ruling& ruling);
  void count_undecided(const domain::TreeEvent& event);
  void grow(std::vector<Received> received);
  void want(OpenTree& tree);
  void weigh(OpenTree& tree);
  void finish(OpenTree& tree);

  // After it.
  archive::Progress end();
  void leave_requests();
  void fail(const core::FatalError& error);
  void keep_last_answers();
  void keep_what_came();

  // Telling.
  [[nodiscard]] archive::State state() const;
  [[nodiscard]] archive::Progress progress() const;
  void report(bool at_once);
  void watch_policies();
  [[nodiscard]] std::optional<double> cost_of(const archive::Totals& totals) const;
  void tell(const std::vector<PolicyNews>& all);
  void tell_kernel();
  void note(std::string_view event, const EventLog::Fields& fields);
  [[nodiscard]] std::uint64_t journal_from() const;
  void sync_journal();
  void compact_journal();

  // Those who are asked.
  [[nodiscard]] Client& policy_client() { return *clients_.front(); }
  [[nodiscard]] const Client& policy_client() const { return *clients_.front(); }
  [[nodiscard]] Client& client_of(Asked asked) { return *clients_[asked == Asked::kPolicy ? 0 : 1]; }
  [[nodiscard]] std::size_t requests() const;
  [[nodiscard]] bool idle() const { return requests() == 0; }
  [[nodiscard]] bool outage() const;
  void stop_clients();

  const Options& options_;
  const Parts& parts_;
  tbb::global_control threads_;
  tbb::task_arena arena_;
  search::MachineFactory machines_;
  EventLog log_;
  storage::Manifest manifest_at_start_;
  std::unique_ptr<storage::JournalWriter> journal_;
  Replay replay_;
  Units units_;
  archive::Totals totals_;
  Meter meter_;
  archive::Totals finished_;  ///< of the totals, those of finished trees
  Budget budget_;
  /// Completions of this session without the decisions that the splitter needs.
  std::uint64_t undecided_ = 0;
  bool one_request_each_ = false;  ///< the policy asks once for every completion

  std::map<domain::ProblemIndex, std::unique_ptr<OpenTree>> open_;
  std::uint64_t open_bytes_ = 0;             ///< of the open trees
  std::set<domain::ProblemIndex> given_up_;  ///< of the open, those that the budget cannot finish
  std::uint32_t largest_request_ = 1;        ///< completions
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::vector<std::unique_ptr<Client>> clients_;           ///< the policy, and the judge where there is one
  std::map<std::uint64_t, std::uint64_t> first_segments_;  ///< of the journal, by unit that is not committed
  std::uint64_t next_problem_ = 0;                         ///< that the source will give
  bool stopping_ = false;
  bool over_budget_ = false;
  bool source_ended_ = false;
  bool ended_ = false;  ///< the loop is over
  core::Pending<core::Status> sync_;
  core::Pending<core::Status> compaction_;
  Duration last_sync_{};
  Duration last_report_{};
  Duration last_status_{};
};

}  // namespace viltree::crawl
