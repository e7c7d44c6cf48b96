#include "completion.hpp"
#include "model.hpp"
#include "tokens.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/mutex.hpp>
#include <viltree/simulated/policy.hpp>

#include <atomic>
#include <cmath>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace viltree::simulated {

namespace {

constexpr unsigned kMostThreads = 1024;

struct SimulatedPrompt final : policy::Prompt {
  explicit SimulatedPrompt(const domain::Problem& problem)
      : model(model_of(problem)),
        tokens(count_tokens(problem.question) + problem.images.size() * kImageTokens) {
    for (const auto& choice : problem.choices) tokens += count_tokens(choice);
  }
  Model model;
  std::uint64_t tokens;
};

struct Job {
  policy::Sample sample;
  policy::OnResult on_result;
};

domain::Completion completion_of(Draw draw, bool with_decisions) {
  if (!with_decisions) return std::move(draw.completion);
  auto& decisions = draw.completion.decisions.emplace();
  std::size_t at = 0;
  for (const TokenLogprob& token : draw.token_logprobs) {
    domain::add_decision(decisions, at, token.logprob);
    at += token.token.size();
  }
  return std::move(draw.completion);
}

class SimulatedPolicy final : public policy::Policy {
 public:
  explicit SimulatedPolicy(PolicyOptions options) : options_(std::move(options)) {
    for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~SimulatedPolicy() override {
    stop_and_wait();
    const core::Lock lock(mutex_);
    closing_ = true;
    wake_.notify_all();
  }

  core::Status start() override { return {}; }

  core::Result<std::shared_ptr<const policy::Prompt>> prepare(const domain::Problem& problem) override {
    return std::make_shared<const SimulatedPrompt>(problem);
  }

  void sample(policy::Sample sample, policy::OnResult on_result) override {
    VILTREE_CHECK(dynamic_cast<const SimulatedPrompt*>(sample.prompt.get()) != nullptr);
    const core::Lock lock(mutex_);
    jobs_.push_back({std::move(sample), std::move(on_result)});
    ++in_flight_;
    wake_.notify_one();
  }

  [[nodiscard]] std::uint32_t max_sequences() const override { return options_.max_sequences; }

  [[nodiscard]] policy::PolicyCounts counts() const override {
    policy::PolicyCounts counts;
    counts.requests = requests_.load(std::memory_order_relaxed);
    return counts;
  }

  [[nodiscard]] std::string model() const override { return options_.model; }

  void stop() override { stop_and_wait(); }

 private:
  void stop_and_wait() {
    stopped_ = true;
    const core::Lock lock(mutex_);
    while (in_flight_ > 0) idle_.wait(mutex_);
  }

  void work() {
    while (std::optional<Job> job = take()) {
      job->on_result(result_of(job->sample));
      job.reset();
      const core::Lock lock(mutex_);
      if (--in_flight_ == 0) idle_.notify_all();
    }
  }

  /// The next job; none when the policy goes.
  [[nodiscard]] std::optional<Job> take() {
    const core::Lock lock(mutex_);
    while (jobs_.empty() && !closing_) wake_.wait(mutex_);
    if (jobs_.empty()) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  [[nodiscard]] policy::SampleResult result_of(const policy::Sample& sample) {
    const auto cancelled = [] {
      return policy::uncompleted(policy::Uncompleted::Why::kStopped, "the simulated policy was stopped");
    };
    if (stopped_) return cancelled();
    requests_.fetch_add(1, std::memory_order_relaxed);
    const auto& prompt = static_cast<const SimulatedPrompt&>(*sample.prompt);
    const Sampler sampler(prompt.model, sample.prefix, options_.sampling);
    policy::Completed completed;
    completed.bill.model = options_.model;
    completed.bill.usage.prompt_tokens = prompt.tokens + count_tokens(sample.prefix);
    completed.bill.usage.completion_tokens = 0;
    for (std::uint32_t i = 0; i < sample.n; ++i) {
      if (stopped_) return cancelled();
      DrawOptions draw;
      draw.max_tokens = sample.max_tokens;
      draw.seed = sample.seed + i;
      draw.token_logprobs = options_.logprobs;
      completed.completions.push_back(completion_of(sampler.draw(draw), options_.logprobs));
      *completed.bill.usage.completion_tokens += *completed.completions.back().tokens;
    }
    return completed;
  }

  const PolicyOptions options_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> requests_ = 0;
  core::Mutex mutex_;
  core::Condition wake_;
  core::Condition idle_;
  std::deque<Job> jobs_ VILTREE_GUARDED_BY(mutex_);
  std::uint64_t in_flight_ VILTREE_GUARDED_BY(mutex_) = 0;
  bool closing_ VILTREE_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;  ///< last: joined before anything that they use goes
};

core::Status check(const PolicyOptions& options) {
  const auto wrong = [](const std::string& what) {
    return core::fail(core::ErrorKind::kInvalidInput, "simulated policy: " + what);
  };
  if (!(options.sampling.temperature >= 0) || !std::isfinite(options.sampling.temperature)) {
    return wrong("temperature must be 0 or more");
  }
  if (!(options.sampling.top_p > 0 && options.sampling.top_p <= 1)) return wrong("top_p must be in (0, 1]");
  for (const auto& stop : options.sampling.stop) {
    if (stop.empty()) return wrong("a stop string must not be empty");
  }
  if (options.threads == 0 || options.threads > kMostThreads) {
    return wrong("threads must be from 1 to " + std::to_string(kMostThreads));
  }
  if (options.max_sequences == 0) return wrong("max_sequences must be at least 1");
  return {};
}

}  // namespace

core::Result<std::unique_ptr<policy::Policy>> make_policy(PolicyOptions options) {
  if (const auto status = check(options); !status) return core::fail(status.error());
  return std::make_unique<SimulatedPolicy>(std::move(options));
}

}  // namespace viltree::simulated
