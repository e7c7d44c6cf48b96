#include "crawler.hpp"

#include "storage_value.hpp"

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
constexpr milliseconds kWait{100};           // for a first answer
constexpr milliseconds kLinger{4};           // for more of them, which share a frame
constexpr std::size_t kEnoughAnswers = 16;
constexpr seconds kSyncEvery{1};

/// One finished tree's, on the average.
Amount mean_of(const Amount& sum, std::uint64_t trees) {
  const double count = static_cast<double>(trees);
  return {static_cast<std::uint64_t>(static_cast<double>(sum.tokens) / count), sum.usd / count};
}

}  // namespace

Crawler::~Crawler() {
  parts_.policy.stop();
  sync_.wait();
  compaction_.wait();
}

Progress Crawler::run() {
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
  if (stopping_) return flights_.empty() || watch_.outage();
  return at_rest() && (source_ended_ || over_budget_) && !units_.busy();
}

/// Nothing is left to do for the trees that are open.
bool Crawler::at_rest() const {
  return flights_.empty() && queue_.empty() && open_.size() == given_up_.size();
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
  if (in_flight_ > 0 && !watch_.outage()) {
    parts_.observer.notice(
        "stopping: waiting for " + std::to_string(in_flight_) +
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
  if (stopping_ || over_budget_ || source_ended_ || watch_.outage()) return false;
  if (options_.budget.problems > 0 && next_problem_ >= options_.budget.problems) return false;
  return room_for_tree() && memory_for_tree() && kernel_for_tree() && budget_for_tree();
}

/// Few trees early: one more only where the policy has room that nothing waits for. A tree that grows has
/// always something in flight or waiting, or rests. The last ones are opened together: a tree takes as long
/// as its steps one after the other do, and the last to be opened would keep the servers waiting for nothing
/// else.
bool Crawler::room_for_tree() const {
  const std::uint64_t room = parts_.policy.max_sequences();
  const std::uint64_t most = options_.open_trees > 0 ? options_.open_trees : room + kRestingTrees;
  const std::uint64_t open = open_.size() - given_up_.size();
  return open < most && (in_flight_ + queue_.sequences() < room || problems_left() <= open);
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

/// Whether the open trees and one more would fit if they cost what finished trees cost; before any is
/// finished, whether one more request does. Trees that were begun in an earlier session are opened in any
/// case: their answers are paid for, and may be all that they need.
bool Crawler::budget_for_tree() const {
  if (!budget_.limited() || next_problem_ < replay_.problems_end()) return true;
  if (finished_.trees == 0) {
    const Amount request =
        budget_.most(parts_.policy.most_completions(largest_request_), prompts_.expect(0, std::nullopt));
    return budget_.fits(used() + budget_.reserved() + request);
  }
  const Amount mean = mean_of(budget_.used(finished_), finished_.trees);
  Amount sum = used() + mean;
  for (const auto& [problem, tree] : open_) {
    if (!given_up_.contains(problem)) sum = sum + rest_of(mean, budget_.used(tree->totals()));
  }
  return budget_.fits(sum);
}

/// Answers come first: they may want what fills the room.
void Crawler::open_trees() {
  queue_.set_turn(problems_left() == 0 ? Turn::kFewestAnswers : Turn::kOldestTree);
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
  open_tree(std::move(std::get<domain::Problem>(item.content)));
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
  auto prompt = parts_.policy.prepare(problem);
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
    queue_.add(wanted);
    largest_request_ = std::max(largest_request_, wanted.n);
  }
}

bool Crawler::may_send(std::uint32_t sequences) const {
  if (stopping_) return false;
  return in_flight_ == 0 || in_flight_ + sequences <= parts_.policy.max_sequences();
}

/// Answers, and what came of samples that have none yet.
Amount Crawler::used() const {
  return budget_.used(totals_) + budget_.used(begun_.totals());
}

Amount Crawler::most_of(const Wanted& wanted) const {
  const std::uint32_t completions = parts_.policy.most_completions(wanted.n);
  if (!budget_.limits_money()) return budget_.most(completions, 0);
  const OpenTree& tree = *open_.at(wanted.problem);
  const std::uint64_t prompt = prompts_.expect(tree.prefix(wanted.ticket).size(), tree.root_prompt_tokens());
  const std::uint64_t requests = (one_request_each_ ? wanted.n : 1) + (completions > wanted.n ? 1 : 0);
  return budget_.most(completions, prompt * requests);
}

void Crawler::send() {
  queue_.wake(parts_.clock.now());
  while (const auto wanted = queue_.next()) {
    if (!may_send(wanted->n)) return;
    const Amount most = most_of(*wanted);
    if (budget_.fits(used() + budget_.reserved() + most)) {
      queue_.pop();
      send_one(*wanted, most);
      continue;
    }
    // What is in flight may cost less than it has reserved. If nothing is, there will never be more room.
    if (!flights_.empty()) return;
    give_up(wanted->problem);
  }
}

/// The tree stays in the journal, as far as it has grown.
void Crawler::give_up(domain::ProblemIndex problem) {
  queue_.drop(problem);
  given_up_.insert(problem);
}

void Crawler::send_one(const Wanted& wanted, const Amount& reserved) {
  const OpenTree& tree = *open_.at(wanted.problem);
  const search::SampleAction& action = tree.action(wanted.ticket);
  budget_.reserve(reserved);
  in_flight_ += wanted.n;
  flights_.emplace(wanted.key(), Flight{wanted, reserved});
  policy::Sample sample;
  sample.prompt = tree.prompt();
  sample.prefix = tree.prefix(action.ticket);
  sample.n = action.n;
  sample.max_tokens = options_.search.max_tokens;
  sample.seed = action.seed;
  sample.begun = begun_.of(wanted.key());
  parts_.policy.sample(std::move(sample),
                       [mailbox = mailbox_, key = wanted.key()](policy::SampleResult result) {
                         mailbox->put({key.first, key.second, std::move(result)});
                       });
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

/// How long the turn may wait for a first answer.
Crawler::Duration Crawler::patience_of_turn() const {
  if (!flights_.empty() || watch_.outage()) return kWait;
  const auto wake = queue_.next_wake();
  if (!wake || queue_.next()) return Duration{0};
  return std::clamp<Duration>(*wake - parts_.clock.now(), Duration{0}, kWait);
}

void Crawler::take_answers() {
  if (flights_.empty() && units_.busy() && !may_open()) units_.wait_for(milliseconds(10));
  const std::size_t enough = std::clamp<std::size_t>(flights_.size() / 4, 1, kEnoughAnswers);
  // While there is room to fill, nothing is gained by waiting.
  const bool room = may_open();
  const Duration patience = room ? Duration{0} : patience_of_turn();
  auto letters = mailbox_->take(parts_.clock, patience, room ? milliseconds(0) : kLinger, enough);
  if (!letters.empty()) keep_answers(std::move(letters));
  end_if_refused();
}

/// Sorts out what is no answer. What is not answered is never a wrong answer: it is asked again.
bool Crawler::is_answer(Letter& letter) {
  const auto flight = flights_.extract({letter.problem, letter.ticket});
  const Wanted wanted = flight.mapped().wanted;
  in_flight_ -= wanted.n;
  budget_.give_back(flight.mapped().reserved);
  if (!letter.result) keep_begun(letter);
  if (asks_again(letter, wanted)) return false;
  queue_.settle(wanted.key());
  begun_.forget(wanted.key());
  return true;
}

/// An error that brings nothing takes nothing away from what was there.
void Crawler::keep_begun(Letter& letter) {
  const ActionKey key{letter.problem, letter.ticket};
  policy::Begun& begun = letter.result.error().begun;
  if (begun.requests == 0) begun = begun_.of(key);
  begun_.keep(key, begun);
}

bool Crawler::asks_again(Letter& letter, const Wanted& wanted) {
  if (letter.result || letter.result.error().kind == ErrorKind::kPermanent) return false;
  if (letter.result.error().kind == ErrorKind::kTransient) return rests(letter, wanted);
  if (letter.result.error().kind == ErrorKind::kInvalidInput && !refused_)
    refused_ = letter.result.error().message;
  queue_.add(wanted);
  return true;
}

/// One sample failed while others were answered: its tree waits, and it is sent again after a pause. Once too
/// often, it is as good as refused.
bool Crawler::rests(Letter& letter, const Wanted& wanted) {
  const std::string reason = letter.result.error().message;
  if (queue_.rest(wanted, parts_.clock.now())) {
    note("sample failed", {{"problem", open_.at(wanted.problem)->problem().id}, {"reason", reason}});
    return true;
  }
  const std::string verdict =
      "gave up after " + std::to_string(SendQueue::kMostAttempts) + " attempts: " + reason;
  parts_.observer.notice("problem '" + open_.at(wanted.problem)->problem().id + "': " + verdict);
  letter.result.error().kind = ErrorKind::kPermanent;
  letter.result.error().message = verdict;
  return false;
}

/// Step 4: check in parallel, journal, and only then apply.
void Crawler::keep_answers(std::vector<Letter> letters) {
  std::erase_if(letters, [this](Letter& letter) { return !is_answer(letter); });
  std::vector<Received> received(letters.size());
  const std::string model = parts_.policy.model();
  arena_.execute([&] {
    tbb::parallel_for(std::size_t{0}, letters.size(), [&](std::size_t i) {
      OpenTree& tree = *open_.at(letters[i].problem);
      received[i] = check_answer(tree, std::move(letters[i]), model);
    });
  });
  journal(received);
  for (const Received& one : received) count(one);
  grow(std::move(received));
}

/// After the answers that came with the refusal were kept.
void Crawler::end_if_refused() const {
  if (refused_) throw FatalError(ExitCode::kPolicy, *refused_);
}

/// Told at the first, for it may be all of them, and counted at the end.
void Crawler::count_undecided(const domain::TreeEvent& event) {
  if (!options_.search.steps.needs_decisions()) return;
  const bool first = undecided_ == 0;
  undecided_ += static_cast<std::uint64_t>(
      std::count_if(event.rollouts.begin(), event.rollouts.end(), [](const domain::Rollout& rollout) {
        return !rollout.completion.text.empty() && !rollout.completion.decisions;
      }));
  if (!first || undecided_ == 0) return;
  parts_.observer.notice(
      "'" + event.policy +
      "' gave no log-probabilities that fit its text: such completions are cut by line, not "
      "by entropy");
  note("no decisions", {{"policy", event.policy}});
}

void Crawler::count(const Received& one) {
  const domain::TreeEvent& event = one.record.event;
  totals_.add(event);
  count_undecided(event);
  if (event.refusal) note("refused", {{"problem", one.record.problem_id}, {"reason", *event.refusal}});
  const std::size_t n = event.rollouts.size();
  one_request_each_ = one_request_each_ || (n > 1 && event.requests >= n);
  if (!budget_.limits_money() || !event.usage.prompt_tokens) return;
  const std::uint64_t bytes = one.tree->prefix(event.ticket).size();
  prompts_.saw(bytes, *event.usage.prompt_tokens / event.requests, one.tree->root_prompt_tokens());
}

void Crawler::journal(const std::vector<Received>& received) {
  std::uint64_t segment = 0;
  for (const auto& group : journal_groups(received)) {
    const std::uint64_t written = storage_value(journal_->append(group));
    segment = segment == 0 ? written : segment;
  }
  for (const Received& one : received)
    first_segments_.try_emplace(units_.unit_of(one.record.problem), segment);
}

void Crawler::grow(std::vector<Received> received) {
  std::map<domain::ProblemIndex, std::vector<Received*>> by_tree;
  for (Received& one : received) by_tree[one.record.problem].push_back(&one);
  std::vector<std::vector<Received*>> groups;
  for (auto& [problem, group] : by_tree) groups.push_back(std::move(group));
  std::vector<core::Status> applied(groups.size());
  arena_.execute([&] {
    tbb::parallel_for(std::size_t{0}, groups.size(), [&](std::size_t i) {
      for (Received* one : groups[i]) {
        if (applied[i]) applied[i] = one->tree->apply(std::move(one->record.event));
      }
    });
  });
  for (std::size_t i = 0; i < groups.size(); ++i) {
    storage_value(std::move(applied[i]));
    OpenTree& tree = *groups[i].front()->tree;
    weigh(tree);
    want(tree);
    if (tree.finished()) finish(tree);
  }
}

void Crawler::finish(OpenTree& tree) {
  FinishedTree finished = tree.finish(machines_);
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

Progress Crawler::end() {
  leave_requests();
  if (sync_.begun()) storage_value(sync_.take());
  storage_value(journal_->sync());
  if (compaction_.begun()) storage_value(compaction_.take());
  units_.wait();
  commit_units();
  if (over_budget_ && !stopping_) storage_value(units_.commit_rest(journal_from()));
  ended_ = true;
  report(true);
  const Progress final = progress();
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
  if (flights_.empty()) return;
  parts_.policy.stop();
  keep_what_came();
  end_if_refused();
}

void Crawler::keep_what_came() {
  auto letters = mailbox_->take(parts_.clock, milliseconds(0), milliseconds(0), 1);
  if (!letters.empty()) keep_answers(std::move(letters));
}

/// What was answered is kept, unless the disk is what failed.
void Crawler::fail(const FatalError& error) {
  parts_.policy.stop();
  if (error.code() != ExitCode::kStorage) keep_last_answers();
  Progress failed = progress();
  failed.state = State::kFailed;
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

Progress crawl(const Options& options, const Parts& parts) {
  return Crawler(options, parts).run();
}

}  // namespace viltree::crawl
