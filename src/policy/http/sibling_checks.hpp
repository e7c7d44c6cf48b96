#pragma once

#include <cstdint>

namespace viltree::http {

/// Siblings that were all the same are asked for once more. Where most of these checks say something else the
/// server draws siblings as one, and gets requests for one alone from then on.
class SiblingChecks {
 public:
  /// True where this one settles it.
  bool add(bool confirmed) {
    ++checks_;
    if (!confirmed) ++doubts_;
    if (settled_ || checks_ < kLeast || 2 * doubts_ <= checks_) return false;
    settled_ = true;
    return true;
  }
  [[nodiscard]] bool ask_one_by_one() const { return settled_; }

 private:
  static constexpr std::uint32_t kLeast = 8;

  std::uint32_t checks_ = 0;
  std::uint32_t doubts_ = 0;
  bool settled_ = false;
};

}  // namespace viltree::http
