#pragma once

#include <viltree/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// How many sequences a server takes at once, which may change with time. Immutable.
class Capacity {
 public:
  using Time = std::chrono::nanoseconds;

  /// Any number.
  Capacity() = default;
  /// N[,N…][:MILLISECONDS]: one after the other and from the beginning again, each for so long (10,000).
  /// Empty: any number. kInvalidInput with what is wrong.
  [[nodiscard]] static core::Result<Capacity> parse(std::string_view specification);

  [[nodiscard]] bool bounded() const { return !steps_.empty(); }
  /// Of a bounded one.
  [[nodiscard]] std::uint32_t at(Time since_beginning) const;

 private:
  std::vector<std::uint32_t> steps_;
  std::chrono::milliseconds step_{10'000};
};

}  // namespace viltree::simulated
