#include "lane_capacity.hpp"

#include <algorithm>

namespace viltree::http {

namespace {

constexpr std::uint32_t kStartInFlight = 256;  // what common servers do at once by default

AdaptiveLimit first_limit(const LaneCapacity::Options& options) {
  if (options.in_flight > 0) return AdaptiveLimit::fixed(options.in_flight);
  return {kStartInFlight, 1, options.most_in_flight};
}

/// A streamed reply says when each sequence ends; a limit that was set is kept in any case.
ShareAtWork first_share(const LaneCapacity::Options& options) {
  return options.stream || options.in_flight > 0 ? ShareAtWork::whole() : ShareAtWork();
}

}  // namespace

LaneCapacity::LaneCapacity(const Options& options)
    : options_(options), limit_(first_limit(options)), share_at_work_(first_share(options)) {}

/// One more than it does, so that none of its slots waits; a limit that was set stays.
void LaneCapacity::set_slots(std::uint32_t slots) {
  if (options_.in_flight > 0) return;
  limit_ = AdaptiveLimit::fixed(std::clamp(slots + 1, 1U, options_.most_in_flight));
  share_at_work_ = ShareAtWork::whole();
}

bool LaneCapacity::has_room(std::uint32_t sequences, std::uint64_t prompt_tokens) const {
  // Siblings go together, so that the last request may go beyond the limit by less than its size, but not
  // where that may be refused.
  const std::uint32_t limit = limit_.value();
  const std::uint32_t more = limit_.is_load() ? std::min(sequences, limit) : 0;
  if (at_work() >= limit || (in_flight_ > 0 && at_work() + more > limit)) return false;
  return options_.prompt_tokens == 0 || in_flight_ == 0 ||
         prompt_tokens_ + prompt_tokens <= options_.prompt_tokens;
}

std::uint64_t LaneCapacity::room() const {
  return ended_early_ + static_cast<std::uint64_t>(limit_.value() / share_at_work_.value());
}

double LaneCapacity::load(std::uint64_t waiting) const {
  return (static_cast<double>(in_flight_) + static_cast<double>(waiting)) / limit_.value();
}

LaneCapacity::Departure LaneCapacity::depart(std::uint32_t sequences, std::uint64_t prompt_tokens) {
  in_flight_ += sequences;
  prompt_tokens_ += prompt_tokens;
  under_way_.emplace(++departures_, sequences);
  return {departures_, limit_.sent(at_work()), sequences, prompt_tokens};
}

void LaneCapacity::end_early(const Departure& departure, std::uint32_t sequences) {
  in_flight_ -= sequences;
  ended_early_ += sequences;
  under_way_[departure.number] -= sequences;
}

void LaneCapacity::arrive(const Departure& departure, std::uint32_t ended_early) {
  in_flight_ -= departure.sequences - ended_early;
  ended_early_ -= ended_early;
  prompt_tokens_ -= departure.prompt_tokens;
  under_way_.erase(departure.number);
}

void LaneCapacity::answered(const Answered& answered) {
  share_at_work_.answered(answered.departure.sequences, answered.tokens, answered.longest);
  limit_.answered(answered.departure.level, answered.departure.sequences, answered.tokens, answered.now);
}

void LaneCapacity::overloaded(const Departure& departure) {
  limit_.overloaded(departure.level, at_work_before(departure));
}

/// What was sent earlier and is still there: a refusal comes sooner than a reply, so that the server took it.
double LaneCapacity::at_work_before(const Departure& departure) const {
  std::uint64_t sequences = 0;
  for (const auto& [number, left] : under_way_) {
    if (number >= departure.number) break;
    sequences += left;
  }
  return static_cast<double>(sequences) * share_at_work_.value();
}

}  // namespace viltree::http
