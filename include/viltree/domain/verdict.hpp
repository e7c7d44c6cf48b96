#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace viltree::domain {

/// What became of a rollout. A failure is never `wrong`.
enum class Verdict : std::uint8_t {
  kRight,
  kWrong,
  kUnparsed,   ///< ended by itself, but no answer was found in it
  kTruncated,  ///< cut off by the length limit
  kFiltered,   ///< the server withheld it
  kFailed,     ///< never answered: refused, without a reply that says its end, or the judge is silent
};
inline constexpr std::size_t kVerdictKinds = 6;

[[nodiscard]] std::string_view name(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdict_from(std::string_view name);

/// How many rollouts came to each verdict.
struct Evidence {
  std::array<std::uint32_t, kVerdictKinds> counts{};

  [[nodiscard]] std::uint32_t of(Verdict verdict) const { return counts[static_cast<std::size_t>(verdict)]; }
  void add(Verdict verdict, std::uint32_t times = 1) { counts[static_cast<std::size_t>(verdict)] += times; }
  void add(const Evidence& other) {
    for (std::size_t i = 0; i < kVerdictKinds; ++i) counts[i] += other.counts[i];
  }

  [[nodiscard]] std::uint32_t total() const;
  /// Rollouts that say something about the value: right or wrong.
  [[nodiscard]] std::uint32_t decided() const { return of(Verdict::kRight) + of(Verdict::kWrong); }
  /// Monte-Carlo estimate of the value: right / decided; none where nothing was decided (unknown is not
  /// zero).
  [[nodiscard]] std::optional<double> mc() const;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

}  // namespace viltree::domain
