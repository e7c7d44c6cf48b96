#pragma once

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>

#include <cstdint>

namespace viltree::core {

/// A small random generator (splitmix64) whose numbers are the same on every machine and with every standard
/// library, unlike the distributions of <random>. Not thread-safe; not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix64(state_, counter_++); }

  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  /// Uniform in [least, most]; the bias of the modulus is below 2^-32 for the small ranges used here.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    VILTREE_CHECK(least <= most);
    const auto span = static_cast<std::uint64_t>(most - least) + 1;
    return least + static_cast<std::int64_t>(next() % span);
  }

 private:
  std::uint64_t state_;
  std::uint64_t counter_ = 0;
};

}  // namespace viltree::core
