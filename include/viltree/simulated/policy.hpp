#pragma once

#include <viltree/core/result.hpp>
#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace viltree::simulated {

/// What the simulated policy calls itself where nothing else is said.
inline constexpr const char* kModelName = "viltree-simulated";

/// Tokens that every image costs in a prompt.
inline constexpr std::uint64_t kImageTokens = 256;

struct PolicyOptions {
  std::string model = kModelName;
  policy::SamplingOptions sampling;
  unsigned threads = 1;                ///< that draw completions; at least 1
  bool logprobs = false;               ///< completions say their decisions
  std::uint32_t max_sequences = 1024;  ///< what max_sequences() says; at least 1
};

/// The built-in policy, without a network. It reads the pictures of make_problem() and solves them with
/// believable mistakes; any other problem it answers with a guess. Completions are a pure function of
/// problem, prefix, sampling options, max_tokens and seed; sibling i is drawn with seed + i. stop() must not
/// be called from a callback. kInvalidInput where an option is out of its range.
[[nodiscard]] core::Result<std::unique_ptr<policy::Policy>> make_policy(PolicyOptions options);

}  // namespace viltree::simulated
