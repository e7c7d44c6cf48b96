#pragma once

#include <viltree/json/value.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::json {

/// The first thing that was wrong with a document. Getters go on with empty values after it, so that a
/// decoder reads as a list of fields and asks once.
class Complaint {
 public:
  void add(const std::string& where, std::string_view what);
  explicit operator bool() const { return !text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The members of one JSON object, by name and type. What is missing or of another type goes to the
/// complaint, under `path`.
class Fields {
 public:
  Fields(const Value& object, Complaint& complaint, std::string path = {});

  [[nodiscard]] std::string text(const char* name) const;  ///< also "name_base64"
  [[nodiscard]] std::optional<std::string> optional_text(const char* name) const;
  [[nodiscard]] std::vector<std::string> texts(const char* name) const;  ///< also "name_base64"
  [[nodiscard]] std::uint64_t integer(const char* name,
                                      std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;
  [[nodiscard]] std::uint32_t small(const char* name) const;  ///< 32 bits
  [[nodiscard]] std::optional<std::uint64_t> optional_integer(
      const char* name, std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;
  [[nodiscard]] double decimal(const char* name) const;
  [[nodiscard]] std::optional<double> optional_decimal(const char* name) const;
  [[nodiscard]] bool boolean(const char* name) const;

  /// Whether the member is there, and not null.
  [[nodiscard]] bool has(const char* name) const { return find_member(name) != nullptr; }

  /// One of a list of names; `from_name` gives none for a name that it does not know.
  template <class Enum>
  [[nodiscard]] Enum one_of(const char* name, std::optional<Enum> (*from_name)(std::string_view)) const {
    const std::optional<Enum> found = from_name(text(name));
    if (!found) complain(name, "is a name that is not known");
    return found.value_or(Enum{});
  }

  /// An object, or an array; empty where there is none.
  [[nodiscard]] Fields object(const char* name) const;
  [[nodiscard]] const Value& array(const char* name) const;
  /// Member i of array `name`.
  [[nodiscard]] Fields element(const char* name, const Value& array, std::size_t i) const;

  void complain(const char* name, std::string_view what) const { complaint_.add(path_ + name, what); }

 private:
  [[nodiscard]] const Value* find_member(const char* name) const;
  [[nodiscard]] const Value& required(const char* name) const;
  [[nodiscard]] std::string string(const Value& value, const char* name) const;
  [[nodiscard]] std::string unpacked(const std::string& base64, const char* name) const;

  const Value& object_;
  Complaint& complaint_;
  std::string path_;
};

}  // namespace viltree::json
