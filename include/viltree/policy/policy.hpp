#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/bill.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::policy {

/// How completions are drawn; the same for a whole run.
struct SamplingOptions {
  double temperature = 1.0;
  double top_p = 1.0;
  std::vector<std::string> stop;
};

/// What a policy makes of a problem once (its prompt, its encoded images) and every sample of the tree
/// shares.
class Prompt {
 public:
  Prompt() = default;
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;
  virtual ~Prompt() = default;
};

/// What a sample that failed had brought until then. It is paid for, and need not be asked for again.
struct Begun {
  std::vector<std::optional<domain::Completion>> siblings;  ///< n, or none where nothing came
  domain::Bill bill = domain::Bill::nothing();

  /// All that came, those included that are no siblings.
  [[nodiscard]] std::uint32_t completions() const {
    const auto came =
        std::count_if(siblings.begin(), siblings.end(), [](const auto& one) { return one.has_value(); });
    return bill.discarded + static_cast<std::uint32_t>(came);
  }
};

/// One question to the policy: n completions of the same prefix.
struct Sample {
  std::shared_ptr<const Prompt> prompt;  ///< from prepare() of the same policy
  std::string prefix;                    ///< the solution so far; completions go on from its exact last byte
  std::uint32_t n = 1;
  std::uint32_t max_tokens = 1024;
  std::uint64_t seed = 0;  ///< sibling i is drawn with seed + i where the server knows seeds
  Begun begun = {};        ///< of the same sample's last error: only what is missing is asked for
};

struct Answer {
  std::vector<domain::Completion> completions;  ///< exactly n
  domain::Bill bill;                            ///< of at least one request
};

/// Why there is no answer, and what had come of it.
struct SampleError : core::Error {
  SampleError() = default;
  SampleError(core::Error error, Begun so_far = {})  // NOLINT(google-explicit-constructor): as any error
      : core::Error(std::move(error)), begun(std::move(so_far)) {}
  Begun begun;  ///< that of the sample included
};

/// Errors: kPermanent, this prefix is refused for good; kTransient, this sample alone failed again and again
/// while others were answered, nothing is known of its prefix; kInvalidInput, the policy refuses us
/// altogether (key, address, model), so that the crawl ends; kCancelled, stop() was called. A policy that
/// cannot be reached is no error: it waits, asks again, and says so in health().
using SampleResult = core::Result<Answer, SampleError>;
using OnAnswer = std::function<void(SampleResult)>;

/// Running counts since the start, for status and progress.
struct PolicyCounts {
  std::uint64_t requests = 0;  ///< sent, retries included
  std::uint64_t retries = 0;
  std::uint64_t failures = 0;  ///< answers that were no completion: errors, time-outs, garbage
};

/// What the questions at the start showed of a server.
struct Finding {
  enum class Kind : std::uint8_t {
    kGood,
    kCosts,     ///< it works, but tokens, time or knowledge are lost
    kCorrupts,  ///< its answers would be wrong data: the crawl must not start
  };
  Kind kind = Kind::kGood;
  std::string what;  ///< "continuation", "siblings", "stop strings", "usage", "images", …
  std::string text;  ///< for people, and what to do
};

/// One server of a policy.
struct EndpointState {
  enum class Condition : std::uint8_t {
    kReady,
    kPaused,   ///< it asked us to come later
    kLost,     ///< it does not answer; tried again now and then
    kRefused,  ///< it refuses us for good (key, model); not tried again
  };
  std::string url;
  std::string model;
  std::string dialect;
  double weight = 1;
  Condition condition = Condition::kReady;
  std::string reason;           ///< of a condition that is not kReady
  std::uint32_t in_flight = 0;  ///< sequences
  std::uint32_t limit = 0;      ///< of sequences in flight, as it is now
  PolicyCounts counts;
  std::vector<Finding> findings;
};

/// Set while a model cannot be asked at any of its servers.
struct Outage {
  std::chrono::milliseconds lasts{0};
  std::string reason;
};

struct Health {
  std::optional<Outage> outage;
  std::vector<EndpointState> endpoints;  ///< none for a policy without servers
};

[[nodiscard]] constexpr std::string_view name(Finding::Kind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"good", "costs", "corrupts"};
  return kNames[static_cast<std::size_t>(kind)];
}

[[nodiscard]] constexpr std::string_view name(EndpointState::Condition condition) {
  constexpr std::array<std::string_view, 4> kNames = {"ready", "paused", "lost", "refused"};
  return kNames[static_cast<std::size_t>(condition)];
}

/// A source of completions. All calls are thread-safe.
class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  /// Stops first, as by stop().
  virtual ~Policy() = default;

  /// Checks that the policy is there and does what a crawl needs, before anything much is paid for. Blocks;
  /// kTransient or kInvalidInput with what was tried and what to do. What it found is in health().
  [[nodiscard]] virtual core::Status start() = 0;

  /// Heavy work for one problem (image encoding), done once. Called from any thread.
  [[nodiscard]] virtual core::Result<std::shared_ptr<const Prompt>> prepare(
      const domain::Problem& problem) = 0;

  /// Answers exactly once, later, on a thread of the policy's own; after stop() at once, maybe on the
  /// caller's thread and before it returns. `on_answer` must be quick, must not throw, and must not need a
  /// lock that the caller holds. Never blocks.
  virtual void sample(Sample sample, OnAnswer on_answer) = 0;

  /// The most completions that a sample of n can cost: more than n where some are drawn to be thrown away.
  /// What was generated for requests that were not answered is not known, and not in it.
  [[nodiscard]] virtual std::uint32_t most_completions(std::uint32_t n) const { return n; }

  /// Sequences (n counts) that the policy wants to hold now: what it has in flight, and a little to choose
  /// the next from. The caller keeps to it. At least 1.
  [[nodiscard]] virtual std::uint32_t max_sequences() const = 0;

  [[nodiscard]] virtual PolicyCounts counts() const = 0;

  /// Cheap enough to be asked several times a second.
  [[nodiscard]] virtual Health health() const { return {}; }

  /// The model's name, as the answers carry it; for display.
  [[nodiscard]] virtual std::string model() const = 0;

  /// Answers everything in flight with kCancelled, and everything asked after it. Returns when no callback
  /// runs.
  virtual void stop() = 0;
};

}  // namespace viltree::policy
