#include "batch.hpp"

#include <viltree/core/check.hpp>

#include <algorithm>
#include <utility>

namespace viltree::simulated {

namespace {

Batch::Time seconds(double value) {
  return std::chrono::duration_cast<Batch::Time>(std::chrono::duration<double>(value));
}

double as_seconds(Batch::Time time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Batch::Batch(const BatchOptions& options) : options_(options), cache_(options.cache_tokens) {}

std::optional<Batch::JobId> Batch::submit(Time now, BatchJob work) {
  VILTREE_CHECK(!work.sequences.empty());
  run_until(now);
  const std::uint64_t count = work.sequences.size();
  if (!first_) first_ = now;
  if (!takes(count, now)) return std::nullopt;
  Job job;
  job.left = count;
  for (BatchSequence& sequence : work.sequences)
    job.sequences.push_back({std::move(sequence), false, false, {}, {}});
  work.sequences.clear();
  job.work = std::move(work);
  const JobId id = ++last_job_;
  jobs_.emplace(id, std::move(job));
  for (std::uint32_t i = 0; i < count; ++i) queue_.push_back({id, i});
  counts_.waiting += count;
  admit(now);
  counts_.most_waiting = std::max(counts_.most_waiting, counts_.waiting);
  return id;
}

bool Batch::takes(std::uint64_t sequences, Time now) const {
  const std::uint64_t all = counts_.waiting + running_ + sequences;
  if (options_.slots > 0 && options_.queue > 0 && all > options_.slots + options_.queue) return false;
  return !options_.capacity.bounded() || all <= options_.capacity.at(now - *first_);
}

void Batch::cancel(Time now, JobId id) {
  run_until(now);
  std::erase_if(done_, [id](const Done& done) { return done.job == id; });
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  count_busy(now);
  for (const Sequence& sequence : found->second.sequences) {
    if (sequence.running) --running_;
    if (!sequence.running && !sequence.ended) --counts_.waiting;
  }
  if (found->second.prefilled && options_.cache_tokens > 0) cache_.unpin(found->second.pin);
  jobs_.erase(found);
  admit(now);
}

std::vector<Batch::Done> Batch::advance(Time now) {
  run_until(now);
  return std::exchange(done_, {});
}

std::optional<Batch::Time> Batch::next() const {
  if (!done_.empty()) return Time{};
  if (ends_.empty()) return std::nullopt;
  return ends_.top().time;
}

std::vector<std::uint32_t> Batch::decoded(JobId id, Time now) const {
  std::vector<std::uint32_t> tokens;
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return tokens;
  for (const Sequence& sequence : found->second.sequences) {
    const bool begun = sequence.running && now > sequence.start && sequence.end > sequence.start;
    const double share =
        !begun ? 0 : as_seconds(now - sequence.start) / as_seconds(sequence.end - sequence.start);
    const auto by_now = static_cast<std::uint32_t>(std::min(share, 1.0) * sequence.work.tokens);
    tokens.push_back(sequence.ended ? sequence.work.tokens : by_now);
  }
  return tokens;
}

BatchCounts Batch::counts(Time now) const {
  BatchCounts counts = counts_;
  counts.running = running_;
  if (now > counted_until_)
    counts.busy_slot_seconds += as_seconds(now - counted_until_) * static_cast<double>(running_);
  return counts;
}

/// Ends what ends by `now`, one after the other, and gives every freed slot to the next in the queue at the
/// time of that end.
void Batch::run_until(Time now) {
  while (!ends_.empty() && ends_.top().time <= now) {
    const End end = ends_.top();
    ends_.pop();
    if (jobs_.contains(end.place.job)) {
      count_busy(end.time);
      finish(end.place);
      admit(end.time);
    }
  }
  count_busy(now);
}

void Batch::admit(Time now) {
  while (!queue_.empty() && has_slot()) {
    const Place place = queue_.front();
    queue_.pop_front();
    const auto found = jobs_.find(place.job);
    if (found != jobs_.end()) begin(now, found->second, place);
  }
}

void Batch::begin(Time now, Job& job, Place place) {
  count_busy(now);
  if (!job.prefilled) prefill(now, job);
  Sequence& sequence = job.sequences[place.sequence];
  const double decoding = options_.token_rate > 0 ? sequence.work.tokens / options_.token_rate : 0;
  sequence.running = true;
  sequence.start = std::max(now, job.prefill_end);
  sequence.end = sequence.start + seconds(decoding);
  ++running_;
  --counts_.waiting;
  ends_.push({sequence.end, ++last_order_, place});
}

void Batch::prefill(Time now, Job& job) {
  std::vector<TokenId> prompt = job.work.context;
  prompt.insert(prompt.end(), job.work.open_turn.begin(), job.work.open_turn.end());
  counts_.bound_tokens += unlimited_.insert(prompt);
  const bool caching = options_.cache_tokens > 0;
  const std::uint64_t computed = caching ? cache_.insert(prompt, job.pin) : prompt.size();
  job.cached_tokens = prompt.size() - computed;
  counts_.prompt_tokens += prompt.size();
  counts_.computed_tokens += computed;
  counts_.cached_tokens += job.cached_tokens;
  job.prefilled = true;
  const double work = options_.prefill_rate > 0 ? static_cast<double>(computed) / options_.prefill_rate : 0;
  prefill_free_ = std::max(now, prefill_free_) + seconds(work);
  job.prefill_end = prefill_free_;
}

void Batch::finish(const Place& place) {
  const auto found = jobs_.find(place.job);
  Job& job = found->second;
  Sequence& sequence = job.sequences[place.sequence];
  sequence.running = false;
  sequence.ended = true;
  --running_;
  std::vector<TokenId> path = job.work.context;
  path.insert(path.end(), sequence.work.after.begin(), sequence.work.after.end());
  static_cast<void>(unlimited_.insert(path));
  if (options_.cache_tokens > 0) static_cast<void>(cache_.insert(path));
  if (--job.left > 0) return;
  done_.push_back({place.job, job.cached_tokens});
  if (options_.cache_tokens > 0) cache_.unpin(job.pin);
  jobs_.erase(found);
}

void Batch::count_busy(Time now) {
  if (now <= counted_until_) return;
  counts_.busy_slot_seconds += as_seconds(now - counted_until_) * static_cast<double>(running_);
  counted_until_ = now;
}

}  // namespace viltree::simulated
