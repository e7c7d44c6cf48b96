#pragma once

#include <viltree/core/random.hpp>

#include <cstdint>
#include <vector>

namespace viltree::http {

/// Which of several models a sample is drawn from: by its seed, and the models' weights (above 0).
[[nodiscard]] inline std::size_t choose_by_weight(const std::vector<double>& weights, std::uint64_t seed) {
  constexpr std::uint64_t kPurpose = 0x6D6F64656C;  // another number than what the seed is used for elsewhere
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double left = core::Random(core::mix64(seed, kPurpose)).uniform() * sum;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

}  // namespace viltree::http
