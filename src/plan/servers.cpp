#include <viltree/core/mutex.hpp>
#include <viltree/core/random.hpp>
#include <viltree/plan/plan.hpp>
#include <viltree/policy/start.hpp>

#include <algorithm>
#include <limits>
#include <memory>

namespace viltree::plan {

namespace {

constexpr std::size_t kPromptsAsked = 8;

/// Replies to the prompts, as they come.
struct Counting {
  core::Mutex mutex;
  core::Condition changed;
  std::size_t missing VILTREE_GUARDED_BY(mutex) = 0;
  AskedProblems asked VILTREE_GUARDED_BY(mutex);
  double counted_tokens VILTREE_GUARDED_BY(mutex) = 0;
  double assumed_tokens VILTREE_GUARDED_BY(mutex) = 0;
};

void take(Counting& counting, const policy::SampleResult& result, double assumed) {
  const core::Lock lock(counting.mutex);
  if (result && result->bill.usage.prompt_tokens) {
    ++counting.asked.counted;
    counting.counted_tokens += static_cast<double>(*result->bill.usage.prompt_tokens) /
                               static_cast<double>(std::max(result->bill.requests, 1U));
    counting.assumed_tokens += assumed;
  }
  if (--counting.missing == 0) counting.changed.notify_all();
}

/// False once nothing more comes that would be worth waiting for.
bool wait_for_some(Counting& counting, policy::Policy& policy, const std::atomic<bool>& stop) {
  const bool out = policy.health().outage.has_value();
  const core::Lock lock(counting.mutex);
  if (counting.missing == 0 || out || stop) return false;
  counting.changed.wait_for(counting.mutex, policy::kLookForStopEvery);
  return counting.missing > 0;
}

/// Siblings of one request, so that the server's rate lets it go.
std::uint32_t most_in_a_minute(const policy::EndpointState& endpoint, const RequestSize& request) {
  constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
  if (endpoint.tokens_per_minute == 0 || request.max_tokens <= 0) return static_cast<std::uint32_t>(kMost);
  const double left = static_cast<double>(endpoint.tokens_per_minute) - request.prompt_tokens;
  return static_cast<std::uint32_t>(std::clamp(left / request.max_tokens, 1.0, kMost));
}

/// Sends the prompts of problems spread evenly over the list.
void send_some(const std::vector<domain::Problem>& problems, policy::Policy& policy,
               const Assumptions& assumptions, const std::shared_ptr<Counting>& counting) {
  const std::size_t wanted = std::min(problems.size(), kPromptsAsked);
  for (std::size_t i = 0; i < wanted; ++i) {
    const domain::Problem& problem = problems[i * problems.size() / wanted];
    auto prompt = policy.prepare(problem);
    if (!prompt) continue;
    {
      const core::Lock lock(counting->mutex);
      ++counting->missing;
    }
    const double assumed = assumed_prompt_tokens(assumptions, problem);
    policy.sample(
        {.prompt = *std::move(prompt), .prefix = {}, .n = 1, .max_tokens = 1, .seed = i},
        [counting, assumed](const policy::SampleResult& result) { take(*counting, result, assumed); });
  }
}

}  // namespace

std::uint32_t Servers::requests_for(std::uint32_t n, std::uint64_t seed) const {
  if (known.empty()) return 1;
  double sum = 0;
  for (const Server& server : known) sum += server.weight;
  double left = core::Random(seed).uniform() * sum;
  const Server* chosen = &known.back();
  for (const Server& server : known) {
    left -= server.weight;
    if (left >= 0) continue;
    chosen = &server;
    break;
  }
  const std::uint32_t at_once = std::max(chosen->choices_per_request, 1U);
  return std::max(n / at_once + (n % at_once > 0 ? 1 : 0), 1U);
}

Servers servers_of(std::span<const policy::EndpointState> endpoints, std::uint32_t in_flight,
                   const RequestSize& request) {
  Servers servers;
  const std::uint32_t most = in_flight > 0 ? in_flight : std::numeric_limits<std::uint32_t>::max();
  for (const policy::EndpointState& endpoint : endpoints) {
    if (endpoint.choices_per_request)
      servers.known.push_back(
          {std::min({*endpoint.choices_per_request, most, most_in_a_minute(endpoint, request)}),
           endpoint.weight});
    servers.tell_cached = servers.tell_cached && endpoint.tells_cached.value_or(true);
  }
  return servers;
}

AskedProblems ask_about(std::vector<domain::Problem>& problems, policy::Policy& policy,
                        const Assumptions& assumptions, const std::atomic<bool>& stop) {
  const std::size_t before = problems.size();
  std::erase_if(problems, [&](const domain::Problem& problem) {
    return !problem.images.empty() && !policy.prepare(problem);
  });
  const auto counting = std::make_shared<Counting>();
  send_some(problems, policy, assumptions, counting);
  while (wait_for_some(*counting, policy, stop)) {
  }
  policy.stop();
  const core::Lock lock(counting->mutex);
  AskedProblems asked = counting->asked;
  asked.put_aside = before - problems.size();
  if (counting->assumed_tokens > 0) asked.prompt_factor = counting->counted_tokens / counting->assumed_tokens;
  return asked;
}

}  // namespace viltree::plan
