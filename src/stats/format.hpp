#pragma once

#include <cstdint>
#include <optional>
#include <string>

/// Numbers for people. "–" where one is unknown.
namespace viltree::stats {

/// "12.3%"; what is above 0 but would be shown so, "<0.1%".
[[nodiscard]] std::string percent(std::optional<double> share);
/// "0.123", "-0.300"
[[nodiscard]] std::string decimal(std::optional<double> value);
/// "12.3", "1,234": one digit behind the point below 100.
[[nodiscard]] std::string per_row(std::optional<double> value);
/// "12.35"; below 1, "0.1235".
[[nodiscard]] std::string money_text(std::optional<double> money);
/// "12,345"
[[nodiscard]] std::string count(std::optional<std::uint64_t> number);

/// Blanks added on the left, or the right, up to `width` characters.
[[nodiscard]] std::string right_aligned(const std::string& text, std::size_t width);
[[nodiscard]] std::string left_aligned(const std::string& text, std::size_t width);

}  // namespace viltree::stats
