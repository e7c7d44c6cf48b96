#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace viltree::core {

/// SHA-256 in lower-case hex (64 characters): names of contents and of delivered files.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a stream, piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  /// Ends the stream; call once.
  [[nodiscard]] std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// XXH3, 64 bits: fast fingerprints and links between frames; not for secrets. The same on every machine.
[[nodiscard]] std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// 16 lower-case hex digits.
[[nodiscard]] std::string hex64(std::uint64_t value);

/// Mixes two numbers into one that looks random (splitmix64): seeds made from seeds.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9E3779B97F4A7C15ULL * (b + 1);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

}  // namespace viltree::core
