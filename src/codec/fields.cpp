#include "fields.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <utility>

namespace viltree::codec {

namespace {

/// Greatest nesting of brackets; also where the text is no JSON.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t greatest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
    } else if (c == '{' || c == '[') {
      greatest = std::max(greatest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return greatest;
}

core::Error damaged(std::string_view record, const std::string& what) {
  return {core::ErrorKind::kCorruption, "a " + std::string(record) + " is damaged: " + what};
}

}  // namespace

void Complaint::add(const std::string& where, std::string_view what) {
  if (text_.empty()) text_ = "\"" + where + "\" " + std::string(what);
}

core::Error Complaint::error(std::string_view record) const {
  return damaged(record, text_);
}

core::Result<Json> parse_line(std::string_view line, std::string_view record) {
  if (line.size() > core::limits::kRecordBytes) {
    return core::fail(
        damaged(record, "longer than " + std::to_string(core::limits::kRecordBytes) + " bytes"));
  }
  if (nesting(line) > core::limits::kJsonDepth) {
    return core::fail(
        damaged(record, "nested more than " + std::to_string(core::limits::kJsonDepth) + " levels"));
  }
  Json document = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return core::fail(damaged(record, "not a JSON object"));
  return document;
}

core::Result<Json> parse_line(std::string_view line, std::string_view record, std::uint64_t version) {
  core::Result<Json> document = parse_line(line, record);
  if (!document) return document;
  Complaint complaint;
  const std::uint64_t found = Fields(*document, complaint).integer("version");
  if (complaint) return core::fail(complaint.error(record));
  if (found != version) {
    return core::fail(damaged(record, "version " + std::to_string(found) + ", this program reads version " +
                                          std::to_string(version)));
  }
  return document;
}

Fields::Fields(const Json& object, Complaint& complaint, std::string path)
    : object_(object), complaint_(complaint), path_(std::move(path)) {}

/// None where it is absent or null.
const Json* Fields::find(const char* name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& Fields::required(const char* name) const {
  static const Json kNothing;
  const Json* found = find(name);
  if (found == nullptr) complain(name, "is missing");
  return found == nullptr ? kNothing : *found;
}

std::optional<std::string> Fields::optional_text(const char* name) const {
  if (const Json* plain = find(name)) return string(*plain, name);
  const Json* encoded = find((std::string(name) + "_base64").c_str());
  if (encoded == nullptr) return std::nullopt;
  return unpacked(string(*encoded, name), name);
}

std::string Fields::string(const Json& value, const char* name) const {
  if (value.is_string()) return value.get_ref<const std::string&>();
  complain(name, "is not a string");
  return {};
}

std::string Fields::unpacked(const std::string& base64, const char* name) const {
  std::string bytes;
  if (!core::base64_decode(base64, bytes)) complain(name, "is not base64");
  return bytes;
}

std::string Fields::text(const char* name) const {
  std::optional<std::string> found = optional_text(name);
  if (!found) complain(name, "is missing");
  return std::move(found).value_or(std::string());
}

std::vector<std::string> Fields::texts(const char* name) const {
  const std::string encoded_name = std::string(name) + "_base64";
  const bool encoded = find(encoded_name.c_str()) != nullptr;
  std::vector<std::string> all;
  for (const Json& item : array(encoded ? encoded_name.c_str() : name)) {
    all.push_back(encoded ? unpacked(string(item, name), name) : string(item, name));
  }
  return all;
}

std::optional<std::uint64_t> Fields::optional_integer(const char* name, std::uint64_t most) const {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() <= most) return found->get<std::uint64_t>();
  complain(name, "is not a whole number from 0 to " + std::to_string(most));
  return std::nullopt;
}

std::uint64_t Fields::integer(const char* name, std::uint64_t most) const {
  const std::optional<std::uint64_t> found = optional_integer(name, most);
  if (!found) complain(name, "is missing");
  return found.value_or(0);
}

std::uint32_t Fields::small(const char* name) const {
  return static_cast<std::uint32_t>(integer(name, std::numeric_limits<std::uint32_t>::max()));
}

std::optional<double> Fields::optional_decimal(const char* name) const {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_number()) return found->get<double>();
  complain(name, "is not a number");
  return std::nullopt;
}

bool Fields::boolean(const char* name) const {
  const Json& found = required(name);
  if (found.is_boolean()) return found.get<bool>();
  complain(name, "is not true or false");
  return false;
}

Fields Fields::object(const char* name) const {
  static const Json kEmpty = Json::object();
  const Json& found = required(name);
  if (!found.is_object()) complain(name, "is not an object");
  return {found.is_object() ? found : kEmpty, complaint_, path_ + name + "."};
}

const Json& Fields::array(const char* name) const {
  static const Json kEmpty = Json::array();
  const Json& found = required(name);
  if (found.is_array()) return found;
  complain(name, "is not an array");
  return kEmpty;
}

Fields Fields::element(const char* name, const Json& array, std::size_t i) const {
  static const Json kEmpty = Json::object();
  std::string path = path_ + name + "[" + std::to_string(i) + "]";
  if (!array[i].is_object()) complaint_.add(path, "is not an object");
  return {array[i].is_object() ? array[i] : kEmpty, complaint_, path + "."};
}

}  // namespace viltree::codec
