#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/bill.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/policy/sampling_options.hpp>

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

/// What a policy makes of a problem once (its prompt, its encoded images) and every sample of the tree
/// shares.
class Prompt {
 public:
  Prompt() = default;
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;
  virtual ~Prompt() = default;
};

/// What a policy is asked for: n completions of the same prefix.
struct Sample {
  std::shared_ptr<const Prompt> prompt;  ///< from prepare() of the same policy
  std::string prefix;                    ///< the solution so far; completions go on from its exact last byte
  std::uint32_t n = 1;
  std::uint32_t max_tokens = domain::kUsualMaxTokens;
  std::uint64_t seed = 0;  ///< sibling i is drawn with seed + i where the server knows seeds
};

/// A sample that came to its end.
struct Completed {
  std::vector<domain::Completion> completions;  ///< exactly n
  domain::Bill bill;                            ///< of at least one request
};

/// One that did not. A failure that may pass is none of these: the policy asks again by itself, and keeps
/// meanwhile what has come. Nor is an outage: it waits, and says so in health().
struct Uncompleted {
  enum class Why : std::uint8_t {
    kRefused,    ///< this prefix is refused for good
    kGaveUp,     ///< as good as refused: it alone failed again and again while others were completed
    kStopped,    ///< by stop() or wind_down(): it may be asked again
    kRefusesUs,  ///< the policy refuses us altogether (key, address, model), so that the crawl ends
  };
  Why why = Why::kStopped;
  std::string reason;
  domain::Bill bill = domain::Bill::nothing();  ///< none of what it paid for is kept

  /// It will never be completed.
  [[nodiscard]] bool refused() const { return why == Why::kRefused || why == Why::kGaveUp; }
};

using SampleResult = core::Result<Completed, Uncompleted>;
/// For `return uncompleted(…)` where a SampleResult is returned.
[[nodiscard]] inline tl::unexpected<Uncompleted> uncompleted(Uncompleted::Why why, std::string reason,
                                                             domain::Bill bill = domain::Bill::nothing()) {
  return tl::unexpected<Uncompleted>(Uncompleted{why, std::move(reason), std::move(bill)});
}
using OnResult = std::function<void(SampleResult)>;

/// Running counts since the start, for status and progress.
struct PolicyCounts {
  std::uint64_t requests = 0;  ///< sent, retries included
  std::uint64_t retries = 0;
  std::uint64_t failures = 0;  ///< replies that were no completion: errors, time-outs, garbage
};

/// What the questions at the start showed of a server.
struct Finding {
  enum class Kind : std::uint8_t {
    kGood,
    kCosts,     ///< it works, but tokens, time or knowledge are lost
    kCorrupts,  ///< its completions would be wrong data: the crawl must not start
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
  std::uint64_t tokens_per_minute = 0;  ///< that it is sent at most; 0: no limit
  /// Siblings that come with one request, at most; none before it is known.
  std::optional<std::uint32_t> choices_per_request = std::nullopt;
  /// Whether its usage says what the prefix cache had; none likewise.
  std::optional<bool> tells_cached = std::nullopt;
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

  /// Gives its result exactly once, later, on a thread of the policy's own; after stop() at once, maybe on
  /// the caller's thread and before it returns. `on_result` must be quick, must not throw, and must not need
  /// a lock that the caller holds. Never blocks.
  virtual void sample(Sample sample, OnResult on_result) = 0;

  /// The most completions that a sample of n can cost, however often it is asked again: more than n where
  /// some are drawn to be thrown away.
  /// What was generated for requests that were not answered is not known, and not in it.
  [[nodiscard]] virtual std::uint32_t most_completions(std::uint32_t n) const { return n; }

  /// The most tokens that a completion can cost of which at most `max_tokens` are asked for: more where
  /// servers were seen to pass that.
  [[nodiscard]] virtual std::uint32_t most_tokens(std::uint32_t max_tokens) const { return max_tokens; }

  /// Sequences (n counts) that the policy wants to hold now: what it has in flight, what rests before it is
  /// asked again, and a little to choose the next from. The caller keeps to it. At least 1.
  [[nodiscard]] virtual std::uint32_t max_sequences() const = 0;

  [[nodiscard]] virtual PolicyCounts counts() const = 0;

  /// Cheap enough to be asked several times a second.
  [[nodiscard]] virtual Health health() const { return {}; }

  /// The model's name, as the replies carry it; for display.
  [[nodiscard]] virtual std::string model() const = 0;

  /// The caller will stop as soon as what is under way has ended: a sample that rests before it is asked
  /// again, or would, ends with kStopped, now or then.
  virtual void wind_down() {}

  /// Ends everything in flight with kStopped, and everything asked after it. Returns when no callback runs.
  virtual void stop() = 0;
};

}  // namespace viltree::policy
