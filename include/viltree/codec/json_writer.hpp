#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace viltree::codec {

/// Appends one JSON value to a string, without building anything in between: the same input gives the same
/// bytes on every machine. The caller keeps begin and end, key and value in step; commas come by themselves.
///
///     JsonWriter json(line);
///     json.begin_object().key("id").text(id).key("value").decimal(0.5).end_object();
///
/// Numbers are written in the shortest form that reads back as the same number. Not thread-safe; `out` must
/// outlive the writer.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// A name that needs no escape.
  JsonWriter& key(std::string_view name);

  /// A string. Bytes that are not UTF-8 are replaced by U+FFFD.
  JsonWriter& text(std::string_view value);
  /// A member whose bytes are kept: "name": "…", or "name_base64": "…" where they are not UTF-8.
  JsonWriter& exact_member(std::string_view name, std::string_view value);
  /// The same for a list: all of it in base64 where one of its strings is not UTF-8.
  JsonWriter& exact_list(std::string_view name, std::span<const std::string> values);

  JsonWriter& integer(std::uint64_t value);
  /// A number with a decimal point ("1.0"); null where it is not finite.
  JsonWriter& decimal(double value);
  JsonWriter& decimal(float value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  /// The number, or null.
  JsonWriter& decimal_or_null(std::optional<double> value) { return value ? decimal(*value) : null(); }
  JsonWriter& integer_or_null(std::optional<std::uint64_t> value) { return value ? integer(*value) : null(); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void quote(std::string_view value);
  template <class Float>
  JsonWriter& write_decimal(Float value);

  std::string& out_;
  bool comma_ = false;  ///< a value stands before the next one
};

}  // namespace viltree::codec
