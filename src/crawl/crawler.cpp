#include "crawler.hpp"

#include "storage_value.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/fatal.hpp>

#include <algorithm>
#include <utility>

#include <tbb/parallel_for.h>

namespace viltree::crawl {

using core::ErrorKind;
using core::ExitCode;
using core::FatalError;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::uint64_t kRestingTrees = 64;  // beside those that keep the policy busy
constexpr seconds kSyncEvery{1};

}  // namespace

Crawler::~Crawler() {
  stop_clients();
  sync_.wait();
  compaction_.wait();
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

bool Crawler::done() const {
  if (stopping_) {
    return std::all_of(clients_.begin(), clients_.end(),
                       [](const auto& client) { return client->idle() || client->watch().outage(); });
  }
  return at_rest() && (source_ended_ || over_budget_) && !units_.busy();
}

/// Nothing is left to do for the trees that are open.
bool Crawler::at_rest() const {
  const auto rests = [](const auto& client) { return client->at_rest(); };
  return std::all_of(clients_.begin(), clients_.end(), rests) && open_.size() == given_up_.size();
}

void Crawler::turn() {
  watch_stop();
  watch_budget();
  send();
  open_trees();
  commit_units();
  units_.write_next();
  take_answers();
  sync_journal();
  compact_journal();
  report(false);
}

void Crawler::watch_stop() {
  if (stopping_ || !parts_.stop) return;
  stopping_ = true;
  note("stopping", {});
  for (const auto& client : clients_) client->policy().wind_down();
  std::uint64_t awaited = 0;
  for (const auto& client : clients_) awaited += client->watch().outage() ? 0 : client->in_flight();
  if (awaited > 0) {
    parts_.observer.notice(
        "stopping: waiting for " + std::to_string(awaited) +
        " completions in flight (once more to leave at once: they would be asked for again)");
  }
}

void Crawler::watch_budget() {
  if (over_budget_) return;
  const std::uint64_t problems = options_.budget.problems;
  if (problems > 0 && next_problem_ >= problems) {
    source_ended_ = source_ended_ || next_problem_ >= manifest_at_start_.total_problems;
    over_budget_ = !source_ended_;
    if (over_budget_) return;
  }
  over_budget_ = no_time_left() || nothing_affordable();
  if (over_budget_) {
    parts_.observer.notice("budget used up: no more trees are opened");
    note("budget", {});
  }
}

bool Crawler::no_time_left() const {
  if (source_ended_ || options_.budget.hours <= 0) return false;
  const auto elapsed = meter_.elapsed(parts_.clock.now());
  return std::chrono::duration<double, std::ratio<3600>>(elapsed).count() >= options_.budget.hours;
}

/// Tokens or money are used up where nothing goes on and nothing can begin: trees were given up, and there is
/// no room for another, or no other. Trees that were given up may also hold up the units that fill the
/// memory, or the first unit, whose kernel the others wait for.
bool Crawler::nothing_affordable() const {
  if (!at_rest()) return false;
  if (source_ended_) return !given_up_.empty();
  return !budget_for_tree() || ((!memory_for_tree() || !kernel_for_tree()) && !units_.busy());
}

bool Crawler::may_open() const {
  if (stopping_ || over_budget_ || source_ended_ || outage()) return false;
  if (options_.budget.problems > 0 && next_problem_ >= options_.budget.problems) return false;
  return room_for_tree() && memory_for_tree() && kernel_for_tree() && budget_for_tree();
}

/// Few trees early: one more only where the policy has room that nothing waits for. A tree that grows has
/// always something in flight or waiting. The last ones are opened together: a tree takes as long
/// as its steps one after the other do, and the last to be opened would keep the servers waiting for nothing
/// else.
bool Crawler::room_for_tree() const {
  const std::uint64_t room = policy_client().policy().max_sequences();
  const std::uint64_t most = options_.open_trees > 0 ? options_.open_trees : room + kRestingTrees;
  const std::uint64_t open = open_.size() - given_up_.size();
  return open < most && (policy_client().in_flight() + policy_client().queue().sequences() < room ||
                         problems_left() <= open);
}

std::uint64_t Crawler::problems_left() const {
  const std::uint64_t given = options_.budget.problems;
  const std::uint64_t all = manifest_at_start_.total_problems;
  const std::uint64_t end = given > 0 ? std::min(given, all) : all;
  return end - std::min(end, next_problem_);
}

/// A straggler holds up the commit of its unit, and what is finished meanwhile waits in memory.
bool Crawler::memory_for_tree() const {
  const bool awaited = units_.unit_of({next_problem_}) == units_.first_open();
  return awaited || units_.held_bytes() + open_bytes_ < options_.memory_bytes;
}

/// Whether it is decided by which kernel the tree would grow.
bool Crawler::kernel_for_tree() const {
  return !machines_.uses_kernel() || units_.knows_kernel_of(units_.unit_of({next_problem_}));
}

/// Answers come first: they may want what fills the room.
void Crawler::open_trees() {
  for (const auto& client : clients_)
    client->queue().set_turn(problems_left() == 0 ? Turn::kFewestAnswers : Turn::kOldestTree);
  while (may_open()) {
    pass_committed_units();
    auto item = core::value_or_fatal(parts_.source.next(), ExitCode::kUsage);
    if (!item) {
      source_ended_ = true;
      return;
    }
    next_problem_ = item->index.value + 1;
    take_item(std::move(*item));
    send();
    if (parts_.stop || !mailbox_->empty()) return;
    report(false);
  }
}

/// Units behind the first open one that are committed already.
void Crawler::pass_committed_units() {
  std::uint64_t next = next_problem_;
  while (next < manifest_at_start_.total_problems && units_.committed(units_.unit_of({next})))
    next = (units_.unit_of({next}) + 1) * options_.unit_size;
  if (next == next_problem_) return;
  next_problem_ = std::min(next, manifest_at_start_.total_problems);
  core::value_or_fatal(parts_.source.skip_to({next_problem_}), ExitCode::kUsage);
}

void Crawler::take_item(dataset::Item item) {
  if (const auto* rejection = std::get_if<dataset::Rejection>(&item.content))
    return reject(item.index, *rejection);
  auto& problem = std::get<domain::Problem>(item.content);
  if (problem.answer_kind == domain::AnswerKind::kJudge && parts_.judge == nullptr) {
    const auto refusal = checker::check_kind(problem.answer_kind);
    return reject(item.index, {item.index.value + 1, refusal.error().message + " (judge.kind)", problem.id});
  }
  open_tree(std::move(problem));
}

void Crawler::reject(domain::ProblemIndex problem, const dataset::Rejection& rejection) {
  const std::string what = "line " + std::to_string(rejection.line) + " put aside: " + rejection.reason;
  if (options_.strict) throw FatalError(ExitCode::kUsage, what + " (crawl.strict is set)");
  parts_.observer.notice(what);
  note("rejected",
       {{"line", std::to_string(rejection.line)}, {"reason", rejection.reason}, {"raw", rejection.raw}});
  ++totals_.rejected;
  units_.reject(problem);
}

void Crawler::store_images(domain::Problem& problem) {
  for (domain::Image& image : problem.images) {
    const std::string extension = image.media_type.substr(image.media_type.find('/') + 1);
    image.path = storage_value(parts_.run.put_image(image.sha256, extension, *image.bytes));
  }
}

void Crawler::open_tree(domain::Problem problem) {
  std::string fingerprint = domain::fingerprint(problem);
  auto known = core::value_or_fatal(replay_.take(problem, fingerprint), ExitCode::kUsage);
  auto prompt = policy_client().policy().prepare(problem);
  if (!prompt) return reject(problem.index, {problem.index.value + 1, prompt.error().message, problem.id});
  store_images(problem);
  for (domain::Image& image : problem.images) image.bytes.reset();

  const domain::ProblemIndex index = problem.index;
  auto machine = machines_.make(problem, units_.kernel_of(units_.unit_of(index)));
  auto checker = checker_of(problem, options_.check);
  auto tree = std::make_unique<OpenTree>(std::move(problem), std::move(fingerprint), std::move(*prompt),
                                         std::move(machine), std::move(checker));
  const std::uint64_t left = storage_value(tree->start(std::move(known), replay_.has_gaps()));
  if (left > 0) {
    parts_.observer.notice("problem " + tree->problem().id + ": " + std::to_string(left) +
                           " answers of the journal rest on lost ones, and are asked for again");
  }
  OpenTree& opened = *open_.emplace(index, std::move(tree)).first->second;
  weigh(opened);
  want(opened);
  if (opened.finished()) finish(opened);
}

void Crawler::weigh(OpenTree& tree) {
  open_bytes_ -= tree.memory_bytes();
  tree.weigh();
  open_bytes_ += tree.memory_bytes();
}

void Crawler::want(OpenTree& tree) {
  for (const Wanted& wanted : tree.take_new_actions()) {
    policy_client().queue().add(wanted);
    largest_request_ = std::max(largest_request_, wanted.n);
  }
  for (const Wanted& question : tree.take_new_questions()) client_of(Asked::kJudge).queue().add(question);
}

void Crawler::commit_units() {
  const std::uint64_t from = journal_from();
  if (!storage_value(units_.commit_written(from))) return;
  for (auto at = first_segments_.begin(); at != first_segments_.end() && at->first < units_.first_open();) {
    at = first_segments_.erase(at);
  }
  if (!options_.keep_journal) storage_value(journal_->remove_before(from));
  note("unit committed", {{"unit", std::to_string(units_.last_committed())}});
  if (units_.last_committed() == 0 && options_.search.fit_kernel) tell_kernel();
}

std::uint64_t Crawler::journal_from() const {
  std::uint64_t from = journal_->segment();
  for (const auto& [unit, segment] : first_segments_) from = std::min(from, segment);
  return from;
}

void Crawler::finish(OpenTree& tree) {
  archive::FinishedTree finished = tree.finish(machines_);
  ++totals_.trees;
  totals_.add_prefill(finished.totals);
  finished_.add(finished.totals);
  given_up_.erase(tree.problem().index);
  open_bytes_ -= tree.memory_bytes();
  open_.erase(tree.problem().index);
  units_.finish(std::move(finished));
}

void Crawler::sync_journal() {
  if (sync_.begun()) {
    if (!sync_.done()) return;
    storage_value(sync_.take());
  }
  const Duration now = parts_.clock.now();
  if (now - last_sync_ < kSyncEvery) return;
  last_sync_ = now;
  sync_.begin(parts_.background, [this] { return journal_->sync(); });
}

/// A journal that is kept is kept small, one sealed segment at a time.
void Crawler::compact_journal() {
  if (compaction_.begun()) {
    if (!compaction_.done()) return;
    storage_value(compaction_.take());
  }
  if (options_.keep_journal && journal_->may_compact())
    compaction_.begin(parts_.background, [this] { return journal_->compact(); });
}

archive::Progress Crawler::end() {
  leave_requests();
  if (sync_.begun()) storage_value(sync_.take());
  storage_value(journal_->sync());
  if (compaction_.begun()) storage_value(compaction_.take());
  units_.wait();
  commit_units();
  if (over_budget_ && !stopping_) storage_value(units_.commit_rest(journal_from()));
  ended_ = true;
  report(true);
  const archive::Progress final = progress();
  if (undecided_ > 0) {
    const std::string count = std::to_string(undecided_);
    parts_.observer.notice(count + " completions had no log-probabilities and were cut by line");
    note("cut by line", {{"completions", count}});
  }
  note(name(final.state), {});
  return final;
}

/// In an outage nothing comes that would be worth waiting for; what has come is kept.
void Crawler::leave_requests() {
  if (idle()) return;
  stop_clients();
  keep_what_came();
  end_if_refused();
}

void Crawler::keep_what_came() {
  auto letters = mailbox_->take(parts_.clock, milliseconds(0), milliseconds(0), 1);
  if (!letters.empty()) keep_answers(std::move(letters));
}

/// What was answered is kept, unless the disk is what failed.
void Crawler::fail(const FatalError& error) {
  stop_clients();
  if (error.code() != ExitCode::kStorage) keep_last_answers();
  archive::Progress failed = progress();
  failed.state = archive::State::kFailed;
  failed.message = error.what();
  // The disk may be what failed: then nothing more can be told than the error itself.
  (void)storage::write_atomically(parts_.run.file_system(), parts_.run.status(),
                                  to_json(failed, core::utc_now()));
  note("failed", {{"message", failed.message}});
}

/// An error here does not hide the one that ends the run: it costs answers, which are asked for again.
void Crawler::keep_last_answers() {
  try {
    keep_what_came();
    if (sync_.begun()) storage_value(sync_.take());
    storage_value(journal_->sync());
  } catch (const FatalError& error) {
    note("last answers lost", {{"reason", error.what()}});
  }
}

archive::Progress crawl(const Options& options, const Parts& parts) {
  return Crawler(options, parts).run();
}

}  // namespace viltree::crawl
