#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace viltree::inspect {

/// ANSI colours, or none.
class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}

  [[nodiscard]] std::string dim(std::string_view text) const { return with("2", text); }
  [[nodiscard]] std::string bold(std::string_view text) const { return with("1", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return with("1;31", text); }
  [[nodiscard]] std::string warning(std::string_view text) const { return with("33", text); }
  /// Red, yellow or green, by the value.
  [[nodiscard]] std::string value(const std::optional<double>& value, std::string_view text) const {
    if (!value) return dim(text);
    return with(*value <= 0.0 ? "31" : *value < 0.5 ? "33" : "32", text);
  }

 private:
  [[nodiscard]] std::string with(std::string_view code, std::string_view text) const {
    if (!on_ || text.empty()) return std::string(text);
    return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
  }

  bool on_;
};

}  // namespace viltree::inspect
