#include "object.hpp"

#include "reader.hpp"
#include "values.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace viltree::config {

namespace {

using nlohmann::json;

/// Aliases could make a small file endless.
constexpr std::size_t kMostValues = 4096;
constexpr std::size_t kDeepest = 16;

bool is_whole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A word without quotes that some YAML readers take for something else than text.
bool is_unclear(std::string_view text) {
  constexpr std::array<std::string_view, 8> kTruths = {"true", "false", "yes", "no", "on", "off", "y", "n"};
  if (text.empty() || text.front() == '+' || text.front() == '-' || text.front() == '.') return true;
  if (text.front() >= '0' && text.front() <= '9') return true;
  const std::string lower = core::ascii_lower(text);
  return std::find(kTruths.begin(), kTruths.end(), lower) != kTruths.end();
}

/// A map on its way to JSON.
class ObjectReader {
 public:
  explicit ObjectReader(Errors& errors) : errors_(errors) {}

  std::optional<json> read(const YAML::Node& node, const std::string& path, const Place& outer,
                           std::size_t depth) {
    const Place place = place_of(node, outer);
    if (++values_ > kMostValues || depth > kDeepest) {
      if (!std::exchange(too_much_, true)) errors_.add(place, path, "is too large to be passed on");
      return std::nullopt;
    }
    if (node.IsMap()) return map(node, path, place, depth);
    if (node.IsSequence()) return list(node, path, place, depth);
    if (node.IsNull()) return json(nullptr);
    auto value = scalar(node);
    if (!value) {
      errors_.add(place, path,
                  "is neither true, false, null nor a number as JSON writes them; put text into quotes");
    }
    return value;
  }

 private:
  std::optional<json> map(const YAML::Node& node, const std::string& path, const Place& place,
                          std::size_t depth) {
    json object = json::object();
    bool good = true;
    for (const auto& entry : node) {
      if (too_much_) return std::nullopt;
      const Place here = place_of(entry.first, place);
      if (!entry.first.IsScalar()) {
        errors_.add(here, path, "a key must be a plain name");
        good = false;
        continue;
      }
      const std::string& name = entry.first.Scalar();
      const std::string full = path + "." + core::printable(name);
      auto value = read(entry.second, full, here, depth + 1);
      if (object.contains(name)) {
        errors_.add(here, full, "is given twice");
        good = false;
      }
      good = good && value.has_value();
      if (value) object[name] = *std::move(value);
    }
    return good ? std::optional(std::move(object)) : std::nullopt;
  }

  std::optional<json> list(const YAML::Node& node, const std::string& path, const Place& place,
                           std::size_t depth) {
    json values = json::array();
    bool good = true;
    for (const auto& entry : node) {
      if (too_much_) return std::nullopt;
      auto value = read(entry, path + "[" + std::to_string(values.size()) + "]", place, depth + 1);
      good = good && value.has_value();
      values.push_back(value ? *std::move(value) : json());
    }
    return good ? std::optional(std::move(values)) : std::nullopt;
  }

  static std::optional<json> scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") return json(text);
    if (text == "true" || text == "false") return json(text == "true");
    json number = json::parse(text, nullptr, /*allow_exceptions=*/false);
    // A whole number that has become another is none that JSON readers agree on.
    if (number.is_number() && !(number.is_number_float() && is_whole(text))) return number;
    if (number.is_number() || is_unclear(text)) return std::nullopt;
    return json(text);
  }

  Errors& errors_;
  std::size_t values_ = 0;
  bool too_much_ = false;
};

std::string as_yaml(const json& value) {
  std::string text;
  const auto separate = [&] { text += text.size() > 1 ? ", " : ""; };
  switch (value.type()) {
    case json::value_t::object:
      text = "{";
      for (const auto& member : value.items()) {
        separate();
        text += quoted(member.key()) + ": " + as_yaml(member.value());
      }
      return text + "}";
    case json::value_t::array:
      text = "[";
      for (const json& entry : value) {
        separate();
        text += as_yaml(entry);
      }
      return text + "]";
    case json::value_t::string:
      return quoted(value.get_ref<const std::string&>());
    default:
      return value.dump();
  }
}

}  // namespace

std::optional<json> read_object(const YAML::Node& node, const std::string& path, const Place& place,
                                Errors& errors) {
  return ObjectReader(errors).read(node, path, place, 0);
}

std::string object_text(const std::string& text) {
  if (text.empty()) return "{}";
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  VILTREE_CHECK(object.is_object());
  return as_yaml(object);
}

}  // namespace viltree::config
