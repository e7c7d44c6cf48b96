#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

namespace viltree::checker {

/// What units measure. Degrees of arc and of temperature have dimensions of their own: they are not
/// converted.
enum class Dimension : std::uint8_t {
  kLength,
  kMass,
  kTime,
  kCurrent,
  kAmount,
  kKelvin,
  kCelsius,
  kFahrenheit,
  kDegree,
  kRadian,
  kData,
  kDollar,
  kEuro,
  kPound,
  kYen,  ///< and yuan, which have the sign in common
  kRupee,
  kWon,
  kRuble,
  kMonth,  ///< years, too: neither is a number of days
};
inline constexpr std::size_t kDimensions = 19;

/// "km/h" is a length by a time, of 5/18 metres a second.
struct Measure {
  std::array<std::int8_t, kDimensions> powers{};
  boost::multiprecision::cpp_rational factor = 1;  ///< in metres, kilograms, seconds, …, bits, dollars, …
};

/// The unit that all of `text` is: "cm^2", "\text{ m/s}", "square metres", "kilometres per hour", "°C"
/// (folded), "\$". Nothing where a word of it is none.
[[nodiscard]] std::optional<Measure> read_measure(std::string_view text);

}  // namespace viltree::checker
