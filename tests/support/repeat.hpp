#pragma once

namespace viltree::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// How often a test does what it does again only for more evidence: an eighth under sanitizers, which look at
/// what is done, and make it several times as slow.
constexpr int repeat(int times) {
  return kSanitized ? (times + 7) / 8 : times;
}

}  // namespace viltree::test
