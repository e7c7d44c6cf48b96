#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>

namespace viltree::policy {

/// How completions are drawn; the same for a whole run.
struct SamplingOptions {
  double temperature = 1.0;
  double top_p = 1.0;
  std::vector<std::string> stop;
};

/// What a policy makes of a problem once (its prompt, its encoded images) and every sample of the tree shares.
class Prompt {
 public:
  Prompt() = default;
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;
  virtual ~Prompt() = default;
};

/// One question to the policy: n completions of the same prefix.
struct Sample {
  std::shared_ptr<const Prompt> prompt;  ///< from prepare() of the same policy
  std::string prefix;                    ///< the solution so far; completions go on from its exact last byte
  std::uint32_t n = 1;
  std::uint32_t max_tokens = 1024;
  std::uint64_t seed = 0;  ///< sibling i is drawn with seed + i where the server knows seeds
};

struct Answer {
  std::vector<domain::Completion> completions;  ///< exactly n
  domain::Usage usage;                          ///< of all requests that were needed
  std::string model;
};

/// Errors: kTransient, the policy cannot be reached or is out of order, nothing is known of this prefix;
/// kPermanent, it refuses this prefix for good; kInvalidInput, it refuses us altogether (key, address, model), so
/// that the crawl ends; kCancelled, stop() was called.
using SampleResult = core::Result<Answer>;
using OnAnswer = std::function<void(SampleResult)>;

/// Running counts since the start, for status and progress.
struct PolicyCounts {
  std::uint64_t requests = 0;  ///< sent, retries included
  std::uint64_t retries = 0;
  std::uint64_t failures = 0;  ///< answers that were no completion: errors, time-outs, garbage
};

/// A source of completions. All calls are thread-safe.
class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  /// Stops first, as by stop().
  virtual ~Policy() = default;

  /// Checks that the policy is there, before anything is paid for. Blocks; kTransient or kInvalidInput with what
  /// was tried and what to do.
  [[nodiscard]] virtual core::Status start() = 0;

  /// Heavy work for one problem (image encoding), done once. Called from any thread.
  [[nodiscard]] virtual core::Result<std::shared_ptr<const Prompt>> prepare(const domain::Problem& problem) = 0;

  /// Answers later, exactly once, on a thread of the policy's own; `on_answer` must be quick and must not throw.
  /// Never blocks.
  virtual void sample(Sample sample, OnAnswer on_answer) = 0;

  /// Sequences (n counts) that may be in flight at once now; the caller keeps to it.
  [[nodiscard]] virtual std::uint32_t max_sequences() const = 0;

  [[nodiscard]] virtual PolicyCounts counts() const = 0;

  /// The model's name, as the answers carry it; for display.
  [[nodiscard]] virtual std::string model() const = 0;

  /// Answers everything in flight with kCancelled, and everything asked after it. Returns when no callback runs.
  virtual void stop() = 0;
};

}  // namespace viltree::policy
