#include <viltree/core/text.hpp>
#include <viltree/json/fields.hpp>

#include <utility>

#include <nlohmann/json.hpp>

namespace viltree::json {

void Complaint::add(const std::string& where, std::string_view what) {
  if (text_.empty()) text_ = "\"" + where + "\" " + std::string(what);
}

Fields::Fields(const Value& object, Complaint& complaint, std::string path)
    : object_(object), complaint_(complaint), path_(std::move(path)) {}

const Value* Fields::find_member(const char* name) const {
  return find_not_null(object_, name);
}

const Value& Fields::required(const char* name) const {
  static const Value kNothing;
  const Value* found = find_member(name);
  if (found == nullptr) complain(name, "is missing");
  return found == nullptr ? kNothing : *found;
}

std::optional<std::string> Fields::optional_text(const char* name) const {
  if (const Value* plain = find_member(name)) return string(*plain, name);
  const Value* encoded = find_member((std::string(name) + "_base64").c_str());
  if (encoded == nullptr) return std::nullopt;
  return unpacked(string(*encoded, name), name);
}

std::string Fields::string(const Value& value, const char* name) const {
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
  const bool encoded = find_member(encoded_name.c_str()) != nullptr;
  std::vector<std::string> all;
  for (const Value& item : array(encoded ? encoded_name.c_str() : name)) {
    all.push_back(encoded ? unpacked(string(item, name), name) : string(item, name));
  }
  return all;
}

std::optional<std::uint64_t> Fields::optional_integer(const char* name, std::uint64_t most) const {
  const Value* found = find_member(name);
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
  const Value* found = find_member(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_number()) return found->get<double>();
  complain(name, "is not a number");
  return std::nullopt;
}

double Fields::decimal(const char* name) const {
  const std::optional<double> found = optional_decimal(name);
  if (!found) complain(name, "is missing");
  return found.value_or(0);
}

bool Fields::boolean(const char* name) const {
  const Value& found = required(name);
  if (found.is_boolean()) return found.get<bool>();
  complain(name, "is not true or false");
  return false;
}

Fields Fields::object(const char* name) const {
  static const Value kEmpty = Value::object();
  const Value& found = required(name);
  if (!found.is_object()) complain(name, "is not an object");
  return {found.is_object() ? found : kEmpty, complaint_, path_ + name + "."};
}

const Value& Fields::array(const char* name) const {
  static const Value kEmpty = Value::array();
  const Value& found = required(name);
  if (found.is_array()) return found;
  complain(name, "is not an array");
  return kEmpty;
}

Fields Fields::element(const char* name, const Value& array, std::size_t i) const {
  static const Value kEmpty = Value::object();
  std::string path = path_ + name + "[" + std::to_string(i) + "]";
  if (!array[i].is_object()) complaint_.add(path, "is not an object");
  return {array[i].is_object() ? array[i] : kEmpty, complaint_, path + "."};
}

}  // namespace viltree::json
