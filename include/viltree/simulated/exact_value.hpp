#pragma once

#include <viltree/domain/problem.hpp>
#include <viltree/policy/policy.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace viltree::simulated {

/// The truth about the simulated policy. For tests and benchmarks alone: a search, an estimator or a label
/// that asked it would be measured against its own crib.
///
/// The value of a prefix is the probability that a completion drawn with these options ends in the reference
/// answer (the content of its last \boxed{…}, letter for letter), summed over all that the policy may write.
/// Limits of length and stop strings are not part of it: it is the value of a solution that may run to its
/// end.
class ExactValue {
 public:
  explicit ExactValue(const domain::Problem& problem, policy::SamplingOptions options = {});
  ~ExactValue();
  ExactValue(ExactValue&&) noexcept;
  ExactValue& operator=(ExactValue&&) noexcept;

  /// In [0, 1]; none for a problem that is not one of the built-in ones. Remembers what it has computed, so
  /// that further prefixes are cheap. Not thread-safe.
  [[nodiscard]] std::optional<double> operator()(std::string_view prefix);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

/// The value of one prefix.
[[nodiscard]] std::optional<double> exact_value(const domain::Problem& problem, std::string_view prefix,
                                                const policy::SamplingOptions& options = {});

}  // namespace viltree::simulated
