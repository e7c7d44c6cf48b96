#pragma once

#include "model.hpp"

#include <viltree/domain/completion.hpp>
#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// The probabilities with which the moves are drawn, in their order, and summing to 1: p^(1/temperature), of
/// which the likeliest are kept until they reach top_p, and of these only what begins with `tail`. A tail
/// that the nucleus excludes is continued by all moves that begin with it. Temperature 0 takes the first of
/// the likeliest.
[[nodiscard]] std::vector<double> sampling_weights(const std::vector<Move>& moves, std::string_view tail,
                                                   const policy::SamplingOptions& sampling);

/// What one draw is asked for, beside its prefix.
struct DrawOptions {
  std::uint32_t max_tokens = 1024;
  std::uint64_t seed = 0;
  bool include_stop = false;  ///< leave the stop string in the text
  bool token_logprobs = false;
  /// Above 0, a finished solution is followed by a remark that says nothing, so that its length is kStretch
  /// times as long on average, times a log-normal factor with this spread.
  double length_sigma = 0;
};

inline constexpr double kStretch = 3;

/// Log-normal, of mean 1.
[[nodiscard]] double length_factor(double sigma, std::uint64_t seed);

struct TokenLogprob {
  std::string token;
  double logprob = 0;
};

/// The tokens of a text that was not drawn, each as likely as can be.
[[nodiscard]] std::vector<TokenLogprob> certain_tokens(std::string_view text);

struct Draw {
  /// The tokens counted are those generated, a stop string included even where the text ends before it. The
  /// log- probability is that of the text itself, as drawn: of a step that was cut, that of all steps that
  /// begin so.
  domain::Completion completion;
  std::vector<TokenLogprob> token_logprobs;
  std::string stopped_by;  ///< the stop string that ended it; empty: none
  std::string cut_off;     ///< what was generated after the text: a stop string that is not kept
};

/// Draws completions of one prefix. A pure function of model, prefix, options and seed: thread-safe.
class Sampler {
 public:
  /// `model` and `sampling` must outlive it.
  Sampler(const Model& model, std::string_view prefix, const policy::SamplingOptions& sampling);

  [[nodiscard]] Draw draw(const DrawOptions& options) const;

 private:
  const Model& model_;
  const policy::SamplingOptions& sampling_;
  Position position_;
  std::uint64_t prefix_hash_;
};

/// One completion of one prefix.
[[nodiscard]] domain::Completion complete(const Model& model, std::string_view prefix,
                                          const policy::SamplingOptions& sampling,
                                          const DrawOptions& options);

}  // namespace viltree::simulated
