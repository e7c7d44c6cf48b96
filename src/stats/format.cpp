#include "format.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace viltree::stats {

namespace {

constexpr const char* kUnknown = "–";

std::string formatted(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// Characters, each of one column: the texts here are ASCII, "–", and lines that core::printable gave.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string blanks(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, characters(text)), ' ');
}

}  // namespace

std::string percent(std::optional<double> share) {
  if (!share) return kUnknown;
  if (*share > 0 && *share < 0.0005) return "<0.1%";
  return formatted("%.1f%%", 100 * *share);
}

std::string decimal(std::optional<double> value) {
  return value ? formatted("%.3f", *value) : kUnknown;
}

std::string per_row(std::optional<double> value) {
  if (!value) return kUnknown;
  if (*value < 100) return formatted("%.1f", *value);
  return core::with_thousands(static_cast<unsigned long long>(std::llround(*value)));
}

std::string money_text(std::optional<double> money) {
  if (!money) return kUnknown;
  return formatted(std::abs(*money) < 1 ? "%.4f" : "%.2f", *money);
}

std::string count(std::optional<std::uint64_t> number) {
  return number ? core::with_thousands(*number) : kUnknown;
}

std::string right_aligned(const std::string& text, std::size_t width) {
  return blanks(text, width) + text;
}

std::string left_aligned(const std::string& text, std::size_t width) {
  return text + blanks(text, width);
}

}  // namespace viltree::stats
