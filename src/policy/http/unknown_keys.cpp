#include "unknown_keys.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

constexpr std::size_t kMostKeyBytes = 64;
constexpr std::array<std::string_view, 4> kOfMessages = {"messages", "prompt", "image_url", "uuid"};

bool is_key(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= kMostKeyBytes && std::all_of(text.begin(), text.end(), fits) &&
         std::find(kOfMessages.begin(), kOfMessages.end(), text) == kOfMessages.end();
}

void add(std::string_view key, std::vector<std::string>& keys) {
  if (is_key(key) && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.emplace_back(key);
}

/// One of pydantic's errors: {"type": "extra_forbidden", "loc": ["body", KEY]}.
void add_listed(const json::Value& error, std::vector<std::string>& keys) {
  const auto type = json::find_string(error, "type");
  const json::Value* place = json::find(error, "loc");
  if (!type || (*type != "extra_forbidden" && *type != "value_error.extra")) return;
  if (place == nullptr || !place->is_array() || place->empty() || place->size() > 2) return;
  if (place->size() == 2 && place->front() != "body") return;
  if (place->back().is_string()) add(place->back().get_ref<const std::string&>(), keys);
}

void add_list(const json::Value* list, std::vector<std::string>& keys) {
  if (list == nullptr || !list->is_array()) return;
  for (const json::Value& error : *list) add_listed(error, keys);
}

/// The word that begins at `at`.
std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_key(text.substr(end, 1))) ++end;
  return text.substr(at, end - at);
}

std::string_view first_quoted(std::string_view text) {
  const std::size_t at = text.find_first_of("'\"`");
  return at == std::string_view::npos ? std::string_view() : word_at(text, at + 1);
}

void add_said(const std::string& message, std::vector<std::string>& keys) {
  const std::string low = core::ascii_lower(message);
  for (const std::string_view words : {"unknown field", "unknown parameter", "unsupported parameter"}) {
    if (const std::size_t at = low.find(words); at != std::string::npos)
      add(first_quoted(std::string_view(message).substr(at)), keys);
  }
  constexpr std::string_view kSupplied = "request argument supplied: ";
  if (const std::size_t at = low.find(kSupplied); at != std::string::npos)
    add(word_at(message, at + kSupplied.size()), keys);
  if (low.find("is unsupported") != std::string::npos && low.find("property") != std::string::npos)
    add(first_quoted(message), keys);
  if (const std::size_t at = low.find(": extra inputs are not permitted"); at != std::string::npos) {
    std::size_t begin = at;
    while (begin > 0 && is_key(std::string_view(message).substr(begin - 1, 1))) --begin;
    const bool is_path = begin > 0 && message[begin - 1] == '.';
    if (!is_path) add(std::string_view(message).substr(begin, at - begin), keys);
  }
}

void add_of_error(const json::Value& error, std::vector<std::string>& keys) {
  const auto code = json::find_string(error, "code").value_or("");
  const auto param = json::find_string(error, "param");
  if (param && (code == "unknown_parameter" || code == "unsupported_parameter")) add(*param, keys);
  add_list(json::find(error, "detail"), keys);
  const json::Value* message = json::find(error, "message");
  if (message == nullptr) return;
  if (message->is_string()) add_said(message->get<std::string>(), keys);
  if (message->is_object()) add_list(json::find(*message, "detail"), keys);
}

}  // namespace

std::vector<std::string> unknown_keys_of(const json::Value& error) {
  std::vector<std::string> keys;
  add_of_error(error, keys);
  if (const json::Value* inner = json::find_not_null(error, "error")) {
    if (inner->is_string()) {
      add_said(inner->get<std::string>(), keys);
    } else {
      add_of_error(*inner, keys);
    }
  }
  if (const auto detail = json::find_string(error, "detail")) add_said(*detail, keys);
  return keys;
}

}  // namespace viltree::http
