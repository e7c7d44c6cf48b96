#pragma once

#include "api_error.hpp"

#include <viltree/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::simulated {

/// Reads the members of an object; the first mistake is kept, and the rest is passed over.
class Members {
 public:
  /// `object` must outlive it.
  explicit Members(const json::Value& object) : object_(object) {}

  /// Null where the key is missing or null.
  [[nodiscard]] const json::Value* find(std::string_view key) const {
    return json::find_not_null(object_, key);
  }
  /// "" where the key is missing.
  [[nodiscard]] std::string text_or_empty(std::string_view key);
  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  /// A whole number from 1 to `most`.
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t most);
  /// A number from 0 to `most`.
  [[nodiscard]] double number(std::string_view key, double otherwise, double most);

  void fail(std::string message, std::string_view param = {});
  void fail(const ApiError& error) {
    if (!error_) error_ = error;
  }
  [[nodiscard]] const std::optional<ApiError>& error() const { return error_; }
  [[nodiscard]] const json::Value& object() const { return object_; }

  [[nodiscard]] static std::string quoted(std::string_view key) { return '`' + std::string(key) + '`'; }

 private:
  const json::Value& object_;
  std::optional<ApiError> error_;
};

}  // namespace viltree::simulated
