#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace viltree::json {

/// The inside of a JSON string, without its quotes, so that pieces can be put together. The text must be
/// UTF-8.
[[nodiscard]] std::string escaped(std::string_view text);

/// Appends one JSON value to a string, without building anything in between: the same input gives the same
/// bytes on every machine. The caller keeps begin and end, key and value in step; commas come by themselves.
///
///     Writer json(line);
///     json.begin_object().key("id").text(id).key("value").decimal(0.5).end_object();
///
/// Numbers are written in the shortest form that reads back as the same number. Not thread-safe; `out` must
/// outlive the writer.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }

  /// A name that needs no escape.
  Writer& key(std::string_view name);

  /// A string. Bytes that are not UTF-8 are replaced by U+FFFD.
  Writer& text(std::string_view value);
  /// A member whose bytes are kept: "name": "…", or "name_base64": "…" where they are not UTF-8.
  Writer& exact_member(std::string_view name, std::string_view value);
  /// The same for a list: all of it in base64 where one of its strings is not UTF-8.
  Writer& exact_list(std::string_view name, std::span<const std::string> values);

  Writer& integer(std::uint64_t value);
  /// A number with a decimal point ("1.0"); null where it is not finite.
  Writer& decimal(double value);
  Writer& decimal(float value);
  Writer& boolean(bool value);
  Writer& null();

  /// The number, or null.
  Writer& decimal_or_null(std::optional<double> value) { return value ? decimal(*value) : null(); }
  Writer& integer_or_null(std::optional<std::uint64_t> value) { return value ? integer(*value) : null(); }

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void separate();
  void quote(std::string_view value);
  template <class Float>
  Writer& write_decimal(Float value);

  std::string& out_;
  bool comma_ = false;  ///< a value stands before the next one
};

}  // namespace viltree::json
