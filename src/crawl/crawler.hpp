#pragma once

#include "admission.hpp"
#include "clients.hpp"
#include "intake.hpp"
#include "mailbox.hpp"
#include "open_trees.hpp"
#include "opening.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "run_journal.hpp"
#include "sending.hpp"
#include "spending.hpp"
#include "units.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/search/machine_factory.hpp>

#include <memory>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace viltree::crawl {

/// The loop that joins data set, machines, policy, checker, judge and journal. Runs on one thread; parallel
/// phases (checking answers, growing trees) run in a TBB arena and are over before the loop goes on. One turn
/// of the loop:
///
///   1. send            what the trees want, as far as its policy and the budget have room (Sending)
///   2. open trees      while there is room that nothing waits for, the last ones together (Admission,
///   Opening)
///   3. commit units    that are whole, in order (Units)
///   4. take letters    read them, journal them, and only then apply them to their trees (Intake)
class Crawler {
 public:
  Crawler(const Options& options, const Parts& parts);
  ~Crawler();
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;

  /// See crawl().
  archive::Progress run();

 private:
  // Before the loop.
  void begin();
  void start_clients();
  void start_client(Client& client);
  void try_the_judge();

  // The loop.
  [[nodiscard]] bool done() const;
  [[nodiscard]] bool at_rest() const;
  void turn();
  void watch_stop();
  void watch_budget();
  [[nodiscard]] bool no_time_left() const;
  [[nodiscard]] bool nothing_affordable() const;
  void send();
  [[nodiscard]] bool may_open() const;
  void open_trees();
  void commit_units();
  void tell_kernel();
  void take_letters();
  void end_if_refused() const;
  void watch_policies();
  [[nodiscard]] archive::State state() const;
  void report(bool at_once);

  // After it.
  archive::Progress end();
  void leave_requests();
  void keep_what_came();
  void fail(const core::FatalError& error);
  void keep_last_letters();

  const Options& options_;
  const Parts& parts_;
  tbb::global_control threads_;
  tbb::task_arena arena_;
  search::MachineFactory machines_;
  Teller teller_;
  storage::Manifest manifest_at_start_;
  RunJournal journal_;
  Replay replay_;
  Units units_;
  OpenTrees trees_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  Clients clients_;
  Spending spending_;
  Report report_;
  Opening opening_;
  Admission admission_;
  Sending sending_;
  Intake intake_;
  bool stopping_ = false;
  bool over_budget_ = false;
  bool ended_ = false;  ///< the loop is over
};

}  // namespace viltree::crawl
