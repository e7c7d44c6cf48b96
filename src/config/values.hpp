#pragma once

#include "errors.hpp"
#include "keys.hpp"
#include "reader.hpp"

#include <optional>
#include <string>

namespace viltree::config {

/// The value that a leaf gives to a key; none where it does not fit (told to `errors`). Relative paths become
/// absolute.
[[nodiscard]] std::optional<Value> read_value(const Facts& facts, const Leaf& leaf, Errors& errors);

/// A value as YAML in one line; what read_value() makes the same value of. Endpoints as a flow sequence.
[[nodiscard]] std::string to_text(const Facts& facts, const Value& value);

/// Text as a YAML scalar that every YAML reader takes for that text: plain where that is safe, else in double
/// quotes.
[[nodiscard]] std::string quoted(const std::string& text);

}  // namespace viltree::config
