#include "lane.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace viltree::http {

namespace {

LaneCapacity::Options capacity_options(const LaneOptions& options) {
  return {options.limits.in_flight, options.most_in_flight, options.limits.prompt_tokens_in_flight,
          options.stream};
}

policy::EndpointState first_state(const LaneOptions& options, std::uint32_t limit) {
  policy::EndpointState state;
  state.url = options.url;
  state.weight = options.endpoint.weight;
  state.model = options.endpoint.model;
  state.dialect = options.endpoint.dialect;
  state.tokens_per_minute = options.rate.tokens_per_minute;
  state.condition = policy::EndpointState::Condition::kLost;
  state.limit = limit;
  return state;
}

}  // namespace

Lane::Lane(std::unique_ptr<Transport> transport, const LaneOptions& options)
    : options_(options),
      transport_(std::move(transport)),
      capacity_(capacity_options(options)),
      rate_(options.rate),
      health_(2 * options.limits.backoff_base, options.limits.backoff_cap / 2),
      report_(first_state(options, capacity_.limit())) {}

void Lane::set_up(std::shared_ptr<const LaneSetup> setup) {
  setup_ = std::move(setup);
  health_.set_up();
  if (setup_->slots) capacity_.set_slots(*setup_->slots);
  report_.change([this](policy::EndpointState& state) {
    state.model = setup_->writer.options().model;
    state.dialect = setup_->writer.options().dialect->name;
    state.findings = setup_->findings;
    state.choices_per_request = setup_->choices_per_request;
    state.tells_cached = setup_->tells_cached;
    state.limit = capacity_.limit();
    state.condition = policy::EndpointState::Condition::kReady;
  });
}

bool Lane::has_time(const Call& call, Time now) const {
  return usable() && !health_.paused(now) && capacity_.has_room(most_siblings(call), call.prompt_tokens()) &&
         rate_.when(now, most_tokens(call, most_siblings(call))) <= now;
}

bool Lane::admits(const Call& call, Time now) {
  if (!capacity_.has_room(most_siblings(call), call.prompt_tokens())) return false;
  const Time when = rate_.when(now, most_tokens(call, most_siblings(call)));
  if (when > now) waits_until_ = when;
  return when <= now;
}

std::uint64_t Lane::room(Time now) const {
  return rate_.any() ? std::min(capacity_.room(), rate_.room(now)) : capacity_.room();
}

std::uint64_t Lane::most_tokens(const Call& call, std::uint32_t sequences) {
  return call.prompt_tokens() + call.most_tokens() * sequences;
}

LaneCapacity::Departure Lane::depart(std::uint32_t sequences, std::uint64_t prompt_tokens, bool again) {
  ++counts_.requests;
  if (again) ++counts_.retries;
  return capacity_.depart(sequences, prompt_tokens);
}

void Lane::count_resent(std::uint32_t times) {
  counts_.requests += times;
  counts_.retries += times;
  counts_.failures += times;
}

void Lane::answered(const LaneCapacity::Answered& answered) {
  health_.answered(answered.now);
  refusals_.answered();
  capacity_.answered(answered);
}

void Lane::failed(const Failed& failed, const Failure& failure) {
  ++counts_.failures;
  const bool overload = failure.blame == Blame::kOverload;
  const bool whole_lane = overload && wants_pause(failed.departure);
  if (overload || failure.blame == Blame::kSlow) capacity_.overloaded(failed.departure);
  health_.failed({failed.sent, failed.now, failed.wait, whole_lane}, failure);
}

/// Where the server has taken others it is enough to send it less.
bool Lane::wants_pause(const LaneCapacity::Departure& overloaded) {
  const bool long_row = overloads_.add(overloaded.number);
  return long_row && !takes_others(overloaded);
}

Refusals::Belief Lane::refused_prefix(const TaskPtr& task, const core::Error& error) {
  const Refusals::Belief belief = refusals_.add(task->call->prompt()->key());
  if (belief == Refusals::Belief::kHeld) refusals_.hold(task, error);
  if (belief == Refusals::Belief::kDoubted) {
    refuse(
        options_.url + ": " + std::to_string(Refusals::kProblems) +
        " different problems were refused one after the other, and nothing was answered: " + error.message);
  }
  return belief;
}

void Lane::canary_sent() {
  ++counts_.requests;
  health_.canary_sent();
}

void Lane::canary_answered(Time now, const std::optional<Failure>& failure) {
  if (failure) ++counts_.failures;
  health_.canary_answered(now, failure);
}

void Lane::tell(std::string_view what, std::string text) {
  report_.change([&](policy::EndpointState& state) {
    auto& findings = state.findings;
    auto found = std::find_if(findings.begin(), findings.end(),
                              [&](const policy::Finding& finding) { return finding.what == what; });
    if (found == findings.end())
      found = findings.insert(found, {policy::Finding::Kind::kCosts, std::string(what), {}});
    found->text = std::move(text);
  });
}

void Lane::lost_siblings(const std::vector<LostChoice>& lost) {
  lost_siblings_ += lost.size();
  tell("lost siblings",
       std::to_string(lost_siblings_) +
           " could not be used and were asked for again or given up; the last: " + lost.back().why);
}

void Lane::restated_siblings(const Restated& restated) {
  if (restated.stripped == 0 && restated.rejected.empty()) return;
  stripped_siblings_ += restated.stripped;
  rejected_siblings_ += restated.rejected.size();
  tell("restated prefixes",
       std::to_string(stripped_siblings_ + rejected_siblings_) +
           " completions repeated what they should have gone on from, or talked of it: taken off " +
           std::to_string(stripped_siblings_) + ", " + std::to_string(rejected_siblings_) +
           " rejected and asked for again or given up");
}

void Lane::checked_counts(const CountCheck& check, std::uint32_t max_tokens) {
  if (check.longest > 0) {
    longest_ = std::max(longest_.load(), check.longest);
    tell("length limit",
         "not heeded in " + std::to_string(++beyond_limit_) + " replies: asked for " +
             std::to_string(max_tokens) + " tokens of a completion at most, up to " +
             std::to_string(longest_.load()) +
             " came. Texts beyond it count as truncated, and all in full against the budget, which from here "
             "on reserves twice as many for each");
  }
  if (check.undercounted) {
    tell("token counts", "less than the texts can be in " + std::to_string(++undercounted_) +
                             " replies: these are taken to have as many tokens as they can have at most");
  }
}

void Lane::saw_openings(const Openings& openings) {
  openings_.by_template += openings.by_template;
  openings_.others += openings.others;
}

void Lane::checked_siblings(bool confirmed) {
  if (!checks_.add(confirmed)) return;
  report_.change([](policy::EndpointState& state) {
    state.choices_per_request = 1;
    state.findings.push_back(
        {policy::Finding::Kind::kCosts, "siblings",
         "most that were all the same were not when asked for again: from here on one a request"});
  });
}

std::uint32_t Lane::choices_per_request() const {
  return checks_.ask_one_by_one() ? 1 : setup_->choices_per_request;
}

std::uint32_t Lane::most_siblings(const Call& call) const {
  return std::min({call.sequences(), choices_per_request(), capacity_.limit(),
                   rate_.most_siblings(call.prompt_tokens(), call.most_tokens())});
}

void Lane::publish(Time now) {
  report_.change([this, now](policy::EndpointState& state) {
    state.in_flight = static_cast<std::uint32_t>(std::lround(capacity_.at_work()));
    state.limit = capacity_.limit();
    state.counts = counts_;
    state.condition = health_.condition(now);
    const bool ready = state.condition == policy::EndpointState::Condition::kReady;
    state.reason = ready ? std::string() : health_.reason();
  });
}

}  // namespace viltree::http
