#include "lane.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::http {

namespace {

constexpr std::uint32_t kStartInFlight = 256;  // what common servers do at once by default
constexpr std::uint32_t kChecksToJudge = 8;

/// A streamed reply says when each sequence ends; a limit that was set is kept in any case.
ShareAtWork first_share(const LaneOptions& options) {
  return options.stream || options.limits.in_flight > 0 ? ShareAtWork::whole() : ShareAtWork();
}

AdaptiveLimit first_limit(const LaneOptions& options) {
  if (options.limits.in_flight > 0) return AdaptiveLimit::fixed(options.limits.in_flight);
  return {kStartInFlight, 1, options.most_in_flight};
}

}  // namespace

Lane::Lane(std::unique_ptr<Transport> transport, const LaneOptions& options)
    : options_(options),
      transport_(std::move(transport)),
      limit_(first_limit(options)),
      share_at_work_(first_share(options)),
      breaker_(2 * options.limits.backoff_base, options.limits.backoff_cap / 2) {
  state_.url = options.url;
  state_.weight = options.endpoint.weight;
  state_.model = options.endpoint.model;
  state_.dialect = options.endpoint.dialect;
  state_.condition = policy::EndpointState::Condition::kLost;
  state_.limit = limit_.value();
}

void Lane::set_up(std::shared_ptr<const LaneSetup> setup) {
  setup_ = std::move(setup);
  breaker_.answered();
  reason_.clear();
  // A server that says how many it does at once needs no more than one beyond that, so that none of its slots
  // waits.
  if (options_.limits.in_flight == 0 && setup_->slots) {
    limit_ = AdaptiveLimit::fixed(std::clamp(*setup_->slots + 1, 1U, options_.most_in_flight));
    share_at_work_ = ShareAtWork::whole();
  }
  const core::Lock lock(mutex_);
  state_.model = setup_->writer.options().model;
  state_.dialect = setup_->writer.options().dialect->name;
  state_.findings = setup_->findings;
  state_.limit = limit_.value();
  state_.condition = policy::EndpointState::Condition::kReady;
}

void Lane::refuse(const std::string& reason) {
  refused_ = true;
  reason_ = reason;
}

void Lane::lose(const std::string& reason) {
  reason_ = reason;
}

bool Lane::has_room(std::uint64_t prompt_tokens) const {
  // Siblings go together, so that the last request may go beyond the limit by less than its size.
  if (at_work() >= limit_.value()) return false;
  const std::uint64_t most = options_.limits.prompt_tokens_in_flight;
  return most == 0 || in_flight_ == 0 || prompt_tokens_ + prompt_tokens <= most;
}

std::uint64_t Lane::room() const {
  return ended_early_ + static_cast<std::uint64_t>(limit_.value() / share_at_work_.value());
}

double Lane::load() const {
  return (static_cast<double>(in_flight_) + static_cast<double>(queued)) / limit_.value();
}

AdaptiveLimit::Level Lane::depart(std::uint32_t sequences, std::uint64_t prompt_tokens, bool again) {
  in_flight_ += sequences;
  prompt_tokens_ += prompt_tokens;
  ++counts_.requests;
  if (again) ++counts_.retries;
  return limit_.sent(at_work());
}

void Lane::end_early(std::uint32_t sequences) {
  in_flight_ -= sequences;
  ended_early_ += sequences;
}

void Lane::arrive(std::uint32_t sequences, std::uint32_t ended_early, std::uint64_t prompt_tokens) {
  in_flight_ -= sequences - ended_early;
  ended_early_ -= ended_early;
  prompt_tokens_ -= prompt_tokens;
}

void Lane::count_resent(std::uint32_t times) {
  counts_.requests += times;
  counts_.retries += times;
  counts_.failures += times;
}

void Lane::answered(const Answered& answered) {
  breaker_.answered();
  last_answer_ = answered.now;
  pauses_ = 0;
  has_answered_ = true;
  refused_problems_.clear();
  share_at_work_.answered(answered.sequences, answered.tokens, answered.longest);
  limit_.answered(answered.sequences, answered.tokens, answered.now);
}

void Lane::failed(const Failed& failed, const Failure& failure) {
  ++counts_.failures;
  if (failure.blame == Blame::kPrefix) return breaker_.answered();
  if (failure.blame == Blame::kUs) return refuse(failure.error.message);
  const bool overload = failure.blame == Blame::kOverload;
  if (overload || failure.blame == Blame::kSlow) limit_.overloaded(failed.level);
  if (overload) {
    // What was sent before the pause began belongs to it: one overload, not many.
    if (failed.sent < paused_until_) {
      if (failure.wait) paused_until_ = std::max(paused_until_, failed.now + failed.wait);
      return;
    }
    paused_until_ = failed.now + failed.wait;
    ++pauses_;
  }
  const bool silent = failure.blame == Blame::kSlow && last_answer_ < failed.sent;
  breaker_.failed(failed.now, failure.error.message, silent || failure.blame == Blame::kAbsent);
}

Lane::Refusal Lane::refused_prefix(std::uint64_t problem, const std::string& reason) {
  refused_problems_.insert(problem);
  if (refused_problems_.size() >= kRefusedProblems) {
    refuse(options_.url + ": " + std::to_string(kRefusedProblems) +
           " different problems were refused one after the other, and nothing was answered: " + reason);
    return Refusal::kDoubted;
  }
  return std::exchange(has_answered_, false) ? Refusal::kBelieved : Refusal::kHeld;
}

std::optional<Lane::Time> Lane::canary_due() const {
  if (setup_ == nullptr || refused_ || breaker_.closed() || canary_under_way_) return std::nullopt;
  return std::max(breaker_.next_try(), paused_until_);
}

void Lane::canary_answered(Time now, const std::optional<Failure>& failure) {
  canary_under_way_ = false;
  if (!failure) return breaker_.answered();
  ++counts_.failures;
  if (failure->blame == Blame::kUs) return refuse(failure->error.message);
  breaker_.still_failing(now, failure->error.message);
}

void Lane::checked_siblings(bool confirmed) {
  ++checks_;
  if (!confirmed) ++doubts_;
  if (asks_one_by_one_ || checks_ < kChecksToJudge || 2 * doubts_ <= checks_) return;
  asks_one_by_one_ = true;
  const core::Lock lock(mutex_);
  state_.findings.push_back(
      {policy::Finding::Kind::kCosts, "siblings",
       "most that were all the same were not when asked for again: from here on one a request"});
}

std::uint32_t Lane::choices_per_request() const {
  return asks_one_by_one_ ? 1 : setup_->choices_per_request;
}

void Lane::publish(Time now) {
  using Condition = policy::EndpointState::Condition;
  Condition condition = Condition::kReady;
  if (paused(now)) condition = Condition::kPaused;
  if (setup_ == nullptr || !breaker_.closed()) condition = Condition::kLost;
  if (refused_) condition = Condition::kRefused;
  const core::Lock lock(mutex_);
  state_.in_flight = static_cast<std::uint32_t>(std::lround(at_work()));
  state_.limit = limit_.value();
  state_.counts = counts_;
  if (condition == Condition::kReady && state_.condition == Condition::kReady) return;
  state_.condition = condition;
  state_.reason = condition == Condition::kReady ? std::string() : reason();
}

policy::EndpointState Lane::state() const {
  const core::Lock lock(mutex_);
  return state_;
}

}  // namespace viltree::http
