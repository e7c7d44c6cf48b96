#pragma once

#include <cstdint>

namespace viltree::http {

/// Of the sequences whose reply is not there, the share that the server still works on. Siblings come in one
/// reply when the longest is done, and meanwhile the server does others in the places of the rest. Learned
/// from the siblings' lengths; for one thread.
class ShareAtWork {
 public:
  /// One that stays at 1: every place counts until its reply is there.
  static ShareAtWork whole() {
    ShareAtWork share;
    share.learns_ = false;
    return share;
  }

  void answered(std::uint32_t sequences, std::uint64_t tokens, std::uint64_t longest) {
    if (!learns_ || longest == 0) return;
    work_ = kMemory * work_ + static_cast<double>(tokens);
    held_ = kMemory * held_ + static_cast<double>(sequences) * static_cast<double>(longest);
  }

  /// In (0, 1].
  [[nodiscard]] double value() const { return learns_ && held_ > 0 ? work_ / held_ : 1.0; }

 private:
  static constexpr double kMemory = 0.99;  // a hundred replies

  bool learns_ = true;
  double work_ = 0;  ///< tokens
  double held_ = 0;  ///< tokens, had every sequence been as long as its longest sibling
};

}  // namespace viltree::http
