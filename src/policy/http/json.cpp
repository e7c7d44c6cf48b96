#include "json.hpp"

#include <viltree/core/limits.hpp>

namespace viltree::http {

namespace {

bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > core::limits::kJsonDepth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::optional<nlohmann::json> parse_json(std::string_view text) {
  if (is_too_deep(text)) return std::nullopt;
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump();
}

std::string json_inside(std::string_view text) {
  const std::string quoted = json_string(text);
  return quoted.substr(1, quoted.size() - 2);
}

const nlohmann::json* find(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::string> find_string(const nlohmann::json& object, const char* name) {
  const auto* member = find(object, name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<std::uint64_t> find_count(const nlohmann::json& object, const char* name) {
  const auto* member = find(object, name);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  return member->get<std::uint64_t>();
}

}  // namespace viltree::http
