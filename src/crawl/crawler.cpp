#include "crawler.hpp"

#include "judge_trial.hpp"
#include "storage_value.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/policy/start.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace viltree::crawl {

using core::ExitCode;
using core::FatalError;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWait{100};  // for a first letter
constexpr milliseconds kLinger{4};  // for more of them, which share a frame
constexpr std::size_t kEnoughLetters = 16;

int arena_size(std::uint32_t workers) {
  return workers == 0 ? tbb::this_task_arena::max_concurrency() : static_cast<int>(workers);
}

/// TBB's threads in all: as many as there are cores for others, even where the crawl wants fewer or more.
std::size_t threads_for(std::uint32_t workers) {
  return static_cast<std::size_t>(std::max(arena_size(workers), tbb::this_task_arena::max_concurrency())) + 1;
}

storage::Manifest manifest_of(const Options& options, const Parts& parts) {
  const std::uint64_t problems = parts.source.count();
  auto saved = storage_value(storage::load_manifest(parts.run.file_system(), parts.run.manifest()));
  if (!saved) {
    storage::Manifest manifest;
    manifest.program = options.version;
    manifest.config_hash = options.facts.config_hash;
    manifest.total_problems = problems;
    storage_value(storage::save_manifest(parts.run.file_system(), parts.run.manifest(), manifest));
    return manifest;
  }
  if (saved->total_problems == 0) saved->total_problems = problems;  // a repair did not know
  if (saved->total_problems != problems) {
    throw FatalError(ExitCode::kUsage,
                     "the data set has " + std::to_string(problems) + " lines, but had " +
                         std::to_string(saved->total_problems) +
                         " when the run was started: put it back, or start another run directory");
  }
  return *saved;
}

archive::Totals committed_totals(const storage::Manifest& manifest) {
  archive::Totals totals;
  for (const storage::UnitEntry& unit : manifest.units) {
    if (unit.complete) totals.add(archive::totals_of(unit));
  }
  return totals;
}

}  // namespace

Crawler::Crawler(const Options& options, const Parts& parts)
    : options_(options),
      parts_(parts),
      threads_(tbb::global_control::max_allowed_parallelism, threads_for(options.workers)),
      arena_(arena_size(options.workers)),
      machines_(options.search),
      teller_(parts),
      manifest_at_start_(manifest_of(options, parts)),
      journal_(options, parts),
      replay_(storage_value(Replay::read(parts.run, manifest_at_start_, options.unit_size))),
      units_(options, parts.run, manifest_at_start_,
             storage_value(kernels::of_run(parts.run, manifest_at_start_)), arena_, parts.background),
      clients_(options, parts.policy, parts.judge, mailbox_),
      spending_(options, clients_, committed_totals(manifest_at_start_), replay_.totals()),
      report_(parts, {clients_, trees_, units_, spending_}),
      opening_(options, {parts, clients_, trees_, units_, spending_, replay_, teller_, machines_}),
      admission_(options, {clients_, trees_, units_, spending_, machines_.uses_kernel()}),
      sending_(clients_, trees_, spending_),
      intake_(options, {clients_, trees_, units_, spending_, journal_, teller_, machines_, arena_}) {
  journal_.know(replay_.first_segments());
}

Crawler::~Crawler() {
  clients_.stop();
}

archive::Progress Crawler::run() {
  try {
    begin();
    while (!done()) turn();
    return end();
  } catch (const FatalError& error) {
    fail(error);
    throw;
  }
}

void Crawler::begin() {
  teller_.note(manifest_at_start_.units.empty() && replay_.answers() == 0 ? "started" : "resumed",
               {{"answers", std::to_string(spending_.totals().answers)}});
  opening_.begin();
  if (!opening_.ended()) start_clients();
  report(true);
}

/// The judge first, so that nothing is paid for that it could not decide. A stop meanwhile ends it, and the
/// loop then has nothing to do.
void Crawler::start_clients() {
  if (clients_.judge() != nullptr) {
    start_client(*clients_.judge());
    if (!stopping_ && options_.judge.trial) try_the_judge();
  }
  if (!stopping_) start_client(clients_.policy());
}

void Crawler::start_client(Client& client) {
  auto started = policy::start(client.policy(), parts_.stop);
  watch_stop();
  if (stopping_) return;
  core::value_or_fatal(std::move(started), ExitCode::kPolicy);
  teller_.tell(costly_findings(client.policy().health()));
}

void Crawler::try_the_judge() {
  auto tried = try_judge({*clients_.judge(), teller_, parts_.clock, parts_.stop});
  watch_stop();
  if (!stopping_) core::value_or_fatal(std::move(tried), ExitCode::kPolicy);
}

bool Crawler::done() const {
  if (stopping_) return clients_.awaited() == 0;
  const bool all_grown = opening_.ended() && !trees_.any_given_up();
  return at_rest() && (all_grown || over_budget_) && !units_.busy();
}

/// Nothing is left to do for the trees that are open.
bool Crawler::at_rest() const {
  return clients_.at_rest() && trees_.growing() == 0;
}

void Crawler::turn() {
  watch_stop();
  watch_budget();
  send();
  open_trees();
  commit_units();
  units_.write_next();
  take_letters();
  journal_.keep_up();
  report(false);
}

void Crawler::watch_stop() {
  if (stopping_ || !parts_.stop) return;
  stopping_ = true;
  teller_.note("stopping", {});
  clients_.wind_down();
  const std::uint64_t awaited = clients_.awaited();
  if (awaited == 0) return;
  teller_.notice("stopping: waiting for " + std::to_string(awaited) +
                 " completions in flight (once more to leave at once: they would be asked for again)");
}

void Crawler::watch_budget() {
  if (over_budget_) return;
  over_budget_ = opening_.reached_budget();
  if (over_budget_) return;
  over_budget_ = no_time_left() || nothing_affordable();
  if (!over_budget_) return;
  teller_.notice("budget used up: no more trees are opened");
  teller_.note("budget", {});
}

bool Crawler::no_time_left() const {
  if (opening_.ended() || options_.budget.hours <= 0) return false;
  const std::chrono::duration<double, std::ratio<3600>> elapsed = report_.elapsed();
  return elapsed.count() >= options_.budget.hours;
}

/// Tokens or money are used up where nothing goes on and nothing can begin: trees were given up, and there is
/// no room for another, or no other. Trees that were given up may also hold up the units that fill the
/// memory, or the first unit, whose kernel the others wait for.
bool Crawler::nothing_affordable() const {
  if (!at_rest()) return false;
  if (opening_.ended()) return trees_.any_given_up();
  const Next next = opening_.next();
  const bool waits_for_unit = !admission_.memory_for(next) || !admission_.kernel_for(next);
  return !admission_.budget_for(next) || (waits_for_unit && !units_.busy());
}

void Crawler::send() {
  if (!stopping_) sending_.send();
}

bool Crawler::may_open() const {
  if (stopping_ || over_budget_ || opening_.ended() || clients_.outage()) return false;
  const Next next = opening_.next();
  return next.left > 0 && admission_.admits(next);
}

/// Answers come first: they may want what fills the room.
void Crawler::open_trees() {
  const Turn turn = opening_.next().left == 0 ? Turn::kFewestAnswers : Turn::kOldestTree;
  for (Client* client : clients_.all()) client->queue().set_turn(turn);
  while (may_open()) {
    if (OpenTree* const opened = opening_.open_next()) intake_.settle(*opened);
    send();
    if (parts_.stop || !mailbox_->empty()) return;
    report(false);
  }
}

void Crawler::commit_units() {
  const std::uint64_t from = journal_.needed_from();
  if (!storage_value(units_.commit_written(from))) return;
  journal_.committed_before(units_.first_open(), from);
  teller_.note("unit committed", {{"unit", std::to_string(units_.last_committed())}});
  if (units_.last_committed() == 0 && options_.search.fit_kernel) tell_kernel();
}

void Crawler::tell_kernel() {
  const search::FittedKernel& kernel = units_.kernel();
  teller_.note("kernel",
               {{"trees", std::to_string(kernel.trees)}, {"rounds", std::to_string(kernel.rounds)}});
  if (!kernel.built_in()) return;
  teller_.notice(
      "no tree of the first unit came to an outcome: the run keeps the built-in kernel, for the values of "
      "all units");
}

void Crawler::take_letters() {
  // While there is room to fill, nothing is gained by waiting.
  const bool room = may_open();
  if (clients_.idle() && units_.busy() && !room) units_.wait_for(milliseconds(10));
  const bool nothing_comes = clients_.idle() && !clients_.outage();
  const milliseconds patience = room || nothing_comes ? milliseconds(0) : kWait;
  const std::size_t enough = std::clamp<std::size_t>(clients_.requests() / 4, 1, kEnoughLetters);
  auto letters = mailbox_->take(parts_.clock, patience, room ? milliseconds(0) : kLinger, enough);
  if (!letters.empty()) intake_.take(std::move(letters));
  end_if_refused();
}

/// After the answers that came with the refusal were kept.
void Crawler::end_if_refused() const {
  for (const Client* client : clients_.all()) {
    if (client->refused()) throw FatalError(ExitCode::kPolicy, *client->refused());
  }
}

void Crawler::watch_policies() {
  for (Client* client : clients_.all()) {
    teller_.tell(client->watch().look(client->policy().health()));
    if (!ended_ && !stopping_ && client->watch().beyond_patience())
      throw FatalError(ExitCode::kPolicy, client->watch().last_words());
  }
}

archive::State Crawler::state() const {
  if (!ended_) return stopping_ ? archive::State::kStopping : archive::State::kRunning;
  if (trees_.size() == 0 && opening_.ended() && !units_.busy()) return archive::State::kFinished;
  return stopping_ ? archive::State::kInterrupted : archive::State::kBudget;
}

void Crawler::report(bool at_once) {
  const auto now = parts_.clock.now();
  if (!at_once && !report_.due(now)) return;
  watch_policies();
  report_.tell(state(), now, at_once);
}

archive::Progress Crawler::end() {
  leave_requests();
  journal_.sync();
  journal_.settle();
  units_.wait();
  commit_units();
  if (over_budget_ && !stopping_) storage_value(units_.commit_rest(journal_.needed_from()));
  ended_ = true;
  report(true);
  const archive::Progress final = report_.progress(state());
  if (intake_.undecided() > 0) {
    const std::string count = std::to_string(intake_.undecided());
    teller_.notice(count + " completions had no log-probabilities and were cut by line");
    teller_.note("cut by line", {{"completions", count}});
  }
  teller_.note(archive::name(final.state), {});
  return final;
}

/// In an outage nothing comes that would be worth waiting for; what has come is kept.
void Crawler::leave_requests() {
  if (clients_.idle()) return;
  clients_.stop();
  keep_what_came();
  end_if_refused();
}

void Crawler::keep_what_came() {
  auto letters = mailbox_->take(parts_.clock, milliseconds(0), milliseconds(0), 1);
  if (!letters.empty()) intake_.take(std::move(letters));
}

/// What was answered is kept, unless the disk is what failed.
void Crawler::fail(const FatalError& error) {
  clients_.stop();
  if (error.code() != ExitCode::kStorage) keep_last_letters();
  report_.tell_failure(error.what());
  teller_.note("failed", {{"message", error.what()}});
}

/// An error here does not hide the one that ends the run: it costs answers, which are asked for again.
void Crawler::keep_last_letters() {
  try {
    keep_what_came();
    journal_.sync();
  } catch (const FatalError& error) {
    teller_.note("last answers lost", {{"reason", error.what()}});
  }
}

archive::Progress crawl(const Options& options, const Parts& parts) {
  return Crawler(options, parts).run();
}

}  // namespace viltree::crawl
