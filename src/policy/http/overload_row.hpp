#pragma once

#include <bit>
#include <cstdint>

namespace viltree::http {

/// Whether requests that were sent one after the other were all refused for now. One may be, whatever the
/// load is; so many speak for the load. Replies come later than refusals and out of order, so that requests
/// are told apart by when they were sent. For one thread.
class OverloadRow {
 public:
  static constexpr std::uint32_t kLong = 8;

  /// The request of that number was refused, as the last of a long row or within it.
  [[nodiscard]] bool add(std::uint64_t number) {
    if (number >= next_) {
      const std::uint64_t shift = number + 1 - next_;
      refused_ = shift < kKnown ? refused_ << shift : 0;
      next_ = number + 1;
    }
    const std::uint64_t age = next_ - 1 - number;
    if (age >= kKnown) return false;
    refused_ |= std::uint64_t{1} << age;
    const int later = std::countl_one(refused_ << (kKnown - 1 - age));
    const int earlier = std::countr_one(refused_ >> age);
    return later + earlier - 1 >= static_cast<int>(kLong);
  }
  void clear() { *this = {}; }

 private:
  static constexpr std::uint64_t kKnown = 64;

  std::uint64_t refused_ = 0;  ///< a bit for each of the last numbers, the last the lowest
  std::uint64_t next_ = 0;
};

}  // namespace viltree::http
