#include "crawler.hpp"

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

constexpr std::uint64_t kUnitsAhead = 4;       // that may be gathered while the first is unfinished
constexpr std::uint64_t kLeastOpenTrees = 64;  // where crawl.open_trees is auto
constexpr milliseconds kWait{100};             // for a first answer
constexpr milliseconds kLinger{4};             // for more of them, which share a frame
constexpr std::size_t kEnoughAnswers = 16;
constexpr milliseconds kReportEvery{100};
constexpr seconds kStatusEvery{2};
constexpr seconds kSyncEvery{1};

int arena_size(std::uint32_t workers) {
  return workers == 0 ? tbb::this_task_arena::max_concurrency() : static_cast<int>(workers);
}

/// TBB's threads in all: as many as there are cores for others, even where the crawl wants fewer or more.
std::size_t threads_for(std::uint32_t workers) {
  return static_cast<std::size_t>(std::max(arena_size(workers), tbb::this_task_arena::max_concurrency())) + 1;
}

template <class T>
T storage_value(core::Result<T> result) {
  return core::value_or_fatal(std::move(result), ExitCode::kStorage);
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
  if (saved->total_problems != problems) {
    throw FatalError(ExitCode::kUsage,
                     "the data set has " + std::to_string(problems) + " lines, but had " +
                         std::to_string(saved->total_problems) +
                         " when the run was started: put it back, or start another run directory");
  }
  return *saved;
}

std::unique_ptr<storage::JournalWriter> open_journal(const Options& options, const Parts& parts) {
  storage::JournalOptions journal;
  journal.durability = options.durability;
  auto writer =
      storage_value(storage::JournalWriter::open(parts.run.file_system(), parts.run.journal(), journal));
  if (writer->recovered().bytes > 0) {
    parts.observer.notice("journal: cut " + std::to_string(writer->recovered().bytes) +
                          " bytes of an unfinished group of answers");
  }
  return writer;
}

Totals committed_totals(const storage::Manifest& manifest) {
  Totals totals;
  for (const storage::UnitEntry& unit : manifest.units) {
    if (!unit.complete) continue;
    Totals of_unit = to_totals(unit.counts);
    of_unit.trees = unit.trees;
    of_unit.rejected = unit.rejected;
    of_unit.rows = unit.rows;
    totals.add(of_unit);
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
      log_(storage_value(EventLog::open(parts.run))),
      manifest_at_start_(manifest_of(options, parts)),
      journal_(open_journal(options, parts)),
      replay_(storage_value(Replay::read(parts.run, manifest_at_start_, options.unit_size))),
      units_(options, parts.run, manifest_at_start_, arena_),
      totals_(committed_totals(manifest_at_start_)),
      meter_(parts.clock.now(), totals_),
      outage_(options.patience),
      first_segments_(replay_.first_segments()) {
  totals_.add(replay_.totals());
  meter_ = Meter(parts.clock.now(), totals_);
}

Crawler::~Crawler() {
  parts_.policy.stop();
  if (sync_.valid()) sync_.wait();
}

Progress Crawler::run() {
  try {
    begin();
    while (!done()) turn();
    return end();
  } catch (const FatalError& error) {
    fail(error.what());
    throw;
  }
}

void Crawler::begin() {
  note(manifest_at_start_.units.empty() && replay_.answers() == 0 ? "started" : "resumed",
       {{"answers", std::to_string(totals_.answers)}});
  const std::uint64_t first = units_.first_open() * options_.unit_size;
  next_problem_ = first;
  core::value_or_fatal(parts_.source.skip_to({first}), ExitCode::kUsage);
  source_ended_ = first >= manifest_at_start_.total_problems;
  if (!source_ended_) core::value_or_fatal(parts_.policy.start(), ExitCode::kPolicy);
  report(true);
}

bool Crawler::done() const {
  if (stopping_) return requests_in_flight_ == 0;
  return open_.empty() && (source_ended_ || over_budget_) && !units_.busy();
}

void Crawler::turn() {
  watch_stop();
  watch_budget();
  open_trees();
  send();
  commit_units();
  take_answers();
  sync_journal();
  report(false);
}

void Crawler::watch_stop() {
  if (stopping_ || !parts_.stop) return;
  stopping_ = true;
  note("stopping", {});
  if (in_flight_ > 0) {
    parts_.observer.notice(
        "stopping: waiting for " + std::to_string(in_flight_) +
        " completions in flight (once more to leave at once: they would be asked for again)");
  }
}

void Crawler::watch_budget() {
  if (over_budget_ || source_ended_) return;
  const RunBudget& budget = options_.budget;
  const double hours =
      std::chrono::duration<double, std::ratio<3600>>(meter_.elapsed(parts_.clock.now())).count();
  const bool tokens = budget.tokens > 0 && totals_.usage.completion_tokens.value_or(0) >= budget.tokens;
  const bool usd = budget.usd > 0 && cost(totals_.usage, options_.prices).value_or(0) >= budget.usd;
  over_budget_ = tokens || usd || (budget.hours > 0 && hours >= budget.hours);
  if (over_budget_) {
    parts_.observer.notice("budget used up: finishing the trees that are open");
    note("budget", {});
  }
}

bool Crawler::may_open() const {
  if (stopping_ || over_budget_ || source_ended_ || outage_.lasts()) return false;
  const std::uint64_t room = parts_.policy.max_sequences();
  const std::uint64_t most = options_.open_trees > 0 ? options_.open_trees : std::max(kLeastOpenTrees, room);
  // A straggler holds up the commit of its unit: what is finished meanwhile waits in memory, so that has a
  // bound.
  const std::uint64_t last = (units_.first_open() + kUnitsAhead) * options_.unit_size + most;
  return open_.size() < most && next_problem_ < last && in_flight_ + waiting_sequences_ < room;
}

void Crawler::open_trees() {
  while (may_open()) {
    auto item = core::value_or_fatal(parts_.source.next(), ExitCode::kUsage);
    if (!item) {
      source_ended_ = true;
      return;
    }
    next_problem_ = item->index.value + 1;
    take_item(std::move(*item));
    if (parts_.stop) return;
    report(false);
  }
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
  auto machine = machines_.make(problem);
  auto tree = std::make_unique<OpenTree>(std::move(problem), std::move(fingerprint), std::move(*prompt),
                                         std::move(machine));
  storage_value(tree->start(std::move(known)));
  OpenTree& opened = *open_.emplace(index, std::move(tree)).first->second;
  want(opened);
  if (opened.finished()) finish(opened);
}

void Crawler::want(OpenTree& tree) {
  for (const search::SampleAction& action : tree.take_new_actions()) {
    waiting_.emplace(tree.problem().index, action.ticket);
    waiting_sequences_ += action.n;
  }
}

bool Crawler::may_send(std::uint32_t sequences) const {
  if (stopping_) return false;
  if (outage_.lasts()) return in_flight_ == 0 && outage_.may_try(parts_.clock.now());
  return in_flight_ == 0 || in_flight_ + sequences <= parts_.policy.max_sequences();
}

void Crawler::send() {
  while (!waiting_.empty()) {
    const ActionKey key = *waiting_.begin();
    if (!may_send(open_.at(key.first)->action(key.second).n)) return;
    send_one(key);
  }
}

void Crawler::send_one(const ActionKey& key) {
  const OpenTree& tree = *open_.at(key.first);
  const search::SampleAction& action = tree.action(key.second);
  waiting_.erase(key);
  waiting_sequences_ -= action.n;
  in_flight_ += action.n;
  ++requests_in_flight_;
  policy::Sample sample;
  sample.prompt = tree.prompt();
  sample.prefix = tree.prefix(action.ticket);
  sample.n = action.n;
  sample.max_tokens = options_.search.max_tokens;
  sample.seed = action.seed;
  parts_.policy.sample(std::move(sample), [mailbox = mailbox_, key](policy::SampleResult result) {
    mailbox->put({key.first, key.second, std::move(result)});
  });
}

void Crawler::commit_units() {
  const std::uint64_t from = journal_from();
  if (!storage_value(units_.advance(from))) return;
  for (auto at = first_segments_.begin(); at != first_segments_.end() && at->first < units_.first_open();) {
    at = first_segments_.erase(at);
  }
  if (!options_.keep_journal) storage_value(journal_->remove_before(from));
  note("unit committed", {{"unit", std::to_string(units_.first_open() - 1)}});
}

std::uint64_t Crawler::journal_from() const {
  std::uint64_t from = journal_->segment();
  for (const auto& [unit, segment] : first_segments_) from = std::min(from, segment);
  return from;
}

void Crawler::take_answers() {
  if (requests_in_flight_ == 0) {
    const bool idle =
        outage_.lasts() || units_.busy();  // nothing to do until time passes or a unit is written
    if (idle) (void)mailbox_->take(milliseconds(10), milliseconds(0), 1);
    return;
  }
  const std::size_t enough = std::clamp<std::size_t>(requests_in_flight_ / 4, 1, kEnoughAnswers);
  auto letters = mailbox_->take(kWait, kLinger, enough);
  if (!letters.empty()) keep_answers(std::move(letters));
}

/// Sorts out what is no answer. An outage is never a wrong answer: what was asked waits to be asked again.
bool Crawler::is_answer(Letter& letter) {
  const search::SampleAction& action = open_.at(letter.problem)->action(letter.ticket);
  in_flight_ -= action.n;
  --requests_in_flight_;
  if (letter.result || letter.result.error().kind == ErrorKind::kPermanent) {
    recover();
    return true;
  }
  const core::Error& error = letter.result.error();
  if (error.kind == ErrorKind::kInvalidInput) throw FatalError(ExitCode::kPolicy, error.message);
  waiting_.emplace(letter.problem, letter.ticket);
  waiting_sequences_ += action.n;
  if (error.kind == ErrorKind::kTransient) suffer(error.message);
  return false;
}

void Crawler::suffer(const std::string& reason) {
  const std::string patience = std::to_string(options_.patience.count()) + " s";
  switch (outage_.failed(parts_.clock.now(), reason)) {
    case Outage::Change::kBegan:
      note("policy unreachable", {{"reason", reason}});
      parts_.observer.notice("policy unreachable: " + reason + "; its trees wait, trying again for " +
                             patience);
      return;
    case Outage::Change::kGoesOn:
      return;
    case Outage::Change::kTooLong:
      throw FatalError(ExitCode::kPolicy, "policy unreachable for " + patience + ": " + reason +
                                              ". Nothing is lost: the same command goes on when it is back");
  }
}

void Crawler::recover() {
  if (!outage_.answered()) return;
  note("policy reachable", {});
  parts_.observer.notice("policy reachable again");
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
  for (const Received& one : received) {
    totals_.add(one.record.event);
    if (one.record.event.refusal) {
      note("refused", {{"problem", one.record.problem_id}, {"reason", *one.record.event.refusal}});
    }
  }
  grow(std::move(received));
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
    want(tree);
    if (tree.finished()) finish(tree);
  }
}

void Crawler::finish(OpenTree& tree) {
  const domain::ProblemIndex index = tree.problem().index;
  FinishedTree finished;
  finished.stored = tree.stored(machines_);
  finished.rows =
      labels::rows(finished.stored.problem, finished.stored.tree, options_.labels, options_.facts).size();
  ++totals_.trees;
  totals_.rows += finished.rows;
  open_.erase(index);
  units_.finish(std::move(finished));
}

void Crawler::sync_journal() {
  if (sync_.valid()) {
    if (sync_.wait_for(seconds(0)) != std::future_status::ready) return;
    storage_value(sync_.get());
  }
  const Duration now = parts_.clock.now();
  if (now - last_sync_ < kSyncEvery) return;
  last_sync_ = now;
  sync_ = std::async(std::launch::async, [this] { return journal_->sync(); });
}

Progress Crawler::end() {
  if (sync_.valid()) storage_value(sync_.get());
  storage_value(journal_->sync());
  units_.wait();
  commit_units();
  if (over_budget_ && !stopping_) storage_value(units_.commit_rest(journal_from()));
  ended_ = true;
  report(true);
  const Progress final = progress();
  note(name(final.state), {});
  return final;
}

void Crawler::fail(const std::string& message) {
  parts_.policy.stop();
  Progress failed = progress();
  failed.state = State::kFailed;
  failed.message = message;
  // The disk may be what failed: then nothing more can be told than the error itself.
  (void)storage::write_atomically(parts_.run.file_system(), parts_.run.status(),
                                  to_json(failed, core::utc_now()));
  note("failed", {{"message", message}});
}

State Crawler::state() const {
  if (!ended_) return stopping_ ? State::kStopping : State::kRunning;
  if (open_.empty() && source_ended_ && !units_.busy()) return State::kFinished;
  return stopping_ ? State::kInterrupted : State::kBudget;
}

Progress Crawler::progress() const {
  Progress progress;
  progress.state = state();
  if (outage_.lasts()) progress.message = "policy unreachable: " + outage_.reason();
  progress.model = parts_.policy.model();
  progress.problems = manifest_at_start_.total_problems;
  progress.trees_open = open_.size();
  progress.sequences_in_flight = in_flight_;
  for (const storage::UnitEntry& unit : units_.manifest().units) {
    progress.units_committed += unit.complete ? 1 : 0;
    progress.rows_committed += unit.rows;
  }
  progress.totals = totals_;
  const policy::PolicyCounts counts = parts_.policy.counts();
  progress.requests = counts.requests;
  progress.retries = counts.retries;
  progress.failures = counts.failures;
  progress.cost = cost(totals_.usage, options_.prices);
  meter_.fill(progress, parts_.clock.now());
  return progress;
}

void Crawler::report(bool at_once) {
  const Duration now = parts_.clock.now();
  if (!at_once && now - last_report_ < kReportEvery) return;
  last_report_ = now;
  meter_.sample(now, totals_);
  const Progress current = progress();
  parts_.observer.progress(current);
  if (!at_once && now - last_status_ < kStatusEvery) return;
  last_status_ = now;
  storage::FileSystem& fs = parts_.run.file_system();
  storage_value(storage::write_atomically(fs, parts_.run.status(), to_json(current, core::utc_now())));
  storage_value(storage::write_atomically(fs, parts_.run.metrics(), to_metrics(current)));
}

void Crawler::note(std::string_view event, const EventLog::Fields& fields) {
  (void)log_.write(event, fields);  // for people alone: the journal's own errors are what ends a run
}

Progress crawl(const Options& options, const Parts& parts) {
  return Crawler(options, parts).run();
}

}  // namespace viltree::crawl
