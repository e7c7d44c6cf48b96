#include "values.hpp"

#include "object.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

namespace viltree::config {

namespace {

constexpr std::size_t kShown = 60;  ///< bytes of a wrong value in a message

/// A scalar without quotes: one that may be a number or a truth value.
bool is_bare(const YAML::Node& node) {
  return node.IsScalar() && node.Tag() == "?";
}

bool is_text(const YAML::Node& node) {
  return node.IsScalar() && (node.Tag() == "?" || node.Tag() == "!" || node.Tag().empty() ||
                             node.Tag() == "tag:yaml.org,2002:str");
}

/// What was given, for a message.
std::string shown(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  const std::string& text = node.Scalar();
  const bool bare = is_bare(node) || node.Tag().empty();
  const std::string cut = text.size() <= kShown ? text : core::repair_utf8(text.substr(0, kShown)) + "…";
  return (bare ? "'" : "\"") + cut + (bare ? "'" : "\"");
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  static_cast<void>(error);  // 32 bytes hold every double
  return {buffer.data(), end};
}

template <class Number>
std::optional<Number> number_from(const YAML::Node& node) {
  if (!is_bare(node)) return std::nullopt;
  const std::string& text = node.Scalar();
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::string span_text(const Facts& facts) {
  const auto number = [](double value) {
    return value == std::floor(value) ? std::to_string(static_cast<std::uint64_t>(value))
                                      : number_text(value);
  };
  if (facts.least == facts.most) return number(facts.least);
  return "between " + number(facts.least) + " and " + number(facts.most);
}

/// One value on its way in.
class ValueReader {
 public:
  ValueReader(const Facts& facts, const Leaf& leaf, Errors& errors)
      : facts_(facts), leaf_(leaf), errors_(errors) {}

  std::optional<Value> read() const {
    if (leaf_.node.IsNull()) return wrong(no_value());
    switch (facts_.type) {
      case Type::kBool:
        return boolean();
      case Type::kWhole:
        return whole();
      case Type::kAutoOrWhole:
        if (is_bare(leaf_.node) && leaf_.node.Scalar() == "auto") return Value(std::uint64_t{0});
        return whole();
      case Type::kReal:
        return real();
      case Type::kText:
        return text();
      case Type::kPath:
        return path();
      case Type::kChoice:
        return choice();
      case Type::kTextList:
        return text_list();
      case Type::kObject:
        return object();
      case Type::kEndpoints:
        break;
    }
    return endpoints();
  }

 private:
  std::optional<Value> wrong(const std::string& message) const {
    errors_.add(leaf_.place, facts_.path, message);
    return std::nullopt;
  }

  std::string no_value() const {
    return facts_.may_be_empty ? "has no value; write \"\" for an empty text" : "has no value";
  }

  std::optional<Value> boolean() const {
    const std::string word = is_bare(leaf_.node) ? leaf_.node.Scalar() : "";
    if (word == "true" || word == "false") return Value(word == "true");
    return wrong(shown(leaf_.node) + " is not true or false");
  }

  std::optional<Value> whole() const {
    const auto value = number_from<std::uint64_t>(leaf_.node);
    const auto fits = [&](std::uint64_t number) {
      return static_cast<double>(number) >= facts_.least && static_cast<double>(number) <= facts_.most;
    };
    if (value && fits(*value)) return Value(*value);
    const std::string wanted =
        facts_.type == Type::kAutoOrWhole ? "auto or a whole number " : "a whole number ";
    return wrong(shown(leaf_.node) + " is not " + wanted + span_text(facts_));
  }

  std::optional<Value> real() const {
    const auto value = number_from<double>(leaf_.node);
    if (value && *value >= facts_.least && *value <= facts_.most) return Value(*value == 0 ? 0.0 : *value);
    return wrong(shown(leaf_.node) + " is not a number " + span_text(facts_));
  }

  std::optional<Value> text() const {
    if (!is_text(leaf_.node)) return wrong(shown(leaf_.node) + " is not text; put text into quotes");
    const std::string& text = leaf_.node.Scalar();
    if (text.empty() && !facts_.may_be_empty) return wrong("must not be empty");
    if (!text.empty() && facts_.rule != nullptr && !facts_.rule->fits(text)) {
      return wrong(std::string(facts_.rule->message));
    }
    return Value(text);
  }

  std::optional<Value> path() const {
    const auto given = text();
    if (!given) return std::nullopt;
    const std::string& name = std::get<std::string>(*given);
    if (name.find('\0') != std::string::npos) return wrong("is not a path: it holds a zero byte");
    if (name.empty()) return given;
    std::filesystem::path path = (leaf_.folder / name).lexically_normal();
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
    return Value(path.string());
  }

  std::optional<Value> choice() const {
    const std::string text = is_text(leaf_.node) ? leaf_.node.Scalar() : "";
    if (is_allowed(text)) return Value(text);
    for (const auto& [word, advice] : facts_.elsewhere) {
      if (text == word) return wrong(shown(leaf_.node) + " " + std::string(advice));
    }
    return wrong(not_there(leaf_.node));
  }

  bool is_allowed(const std::string& text) const {
    return std::find(facts_.allowed.begin(), facts_.allowed.end(), text) != facts_.allowed.end();
  }

  std::string not_there(const YAML::Node& node) const {
    const std::string text = is_text(node) ? node.Scalar() : "";
    const std::string near = text.empty() || text.size() > kShown ? "" : core::nearest(text, facts_.allowed);
    const std::string hint = near.empty() ? "" : "; did you mean '" + near + "'?";
    return "there is no " + shown(node) + "; available: " + joined(facts_.allowed, ", ") + hint;
  }

  std::optional<Value> text_list() const {
    if (!is_list()) return std::nullopt;
    std::vector<std::string> texts;
    for (const YAML::Node& entry : leaf_.node) {
      if (!is_text(entry) || entry.Scalar().empty()) {
        return wrong("entry " + std::to_string(texts.size() + 1) +
                     " is empty or not text; put text into quotes");
      }
      if (!facts_.allowed.empty() && !is_allowed(entry.Scalar())) return wrong(not_there(entry));
      texts.push_back(entry.Scalar());
    }
    return Value(texts);
  }

  std::optional<Value> object() const {
    if (!leaf_.node.IsMap()) return wrong(shown(leaf_.node) + " is not a map, as in {name: value}");
    const auto object = read_object(leaf_.node, facts_.path, leaf_.place, errors_);
    if (!object) return std::nullopt;
    bool fits = true;
    for (const auto& member : object->items()) {
      const auto why = facts_.object_rule->why_not(member.key(), member.value());
      if (why) fits = wrong(core::printable(member.key()) + ": " + *why).has_value();
    }
    if (!fits) return std::nullopt;
    return Value(object->empty() ? std::string() : object->dump());
  }

  bool is_list() const {
    if (!leaf_.node.IsSequence()) {
      return wrong(shown(leaf_.node) + " is not a list, as in [first, second]").has_value();
    }
    const std::size_t size = leaf_.node.size();
    if (static_cast<double>(size) >= facts_.least && static_cast<double>(size) <= facts_.most) return true;
    return wrong("has " + std::to_string(size) + " entries; there must be " + span_text(facts_)).has_value();
  }

  std::optional<Value> endpoints() const {
    if (!is_list()) return std::nullopt;
    std::vector<http::Endpoint> endpoints;
    for (const YAML::Node& entry : leaf_.node) {
      const std::string path = facts_.path + "[" + std::to_string(endpoints.size()) + "]";
      endpoints.push_back(endpoint(entry, path));
    }
    return Value(endpoints);
  }

  http::Endpoint endpoint(const YAML::Node& node, const std::string& path) const {
    http::Endpoint endpoint;
    const Place place = place_of(node, leaf_.place);
    if (!node.IsMap()) {
      errors_.add(place, path, "is not a map, as in {url: \"http://127.0.0.1:8000/v1\", model: my-model}");
      return endpoint;
    }
    std::vector<std::string> known;
    for (const Key<http::Endpoint>& key : endpoint_keys()) known.push_back(path + "." + key.facts.path);
    Reader reader(known, errors_);
    reader.read_section(path, {node, place, leaf_.folder});
    for (const Key<http::Endpoint>& key : endpoint_keys()) {
      Facts facts = key.facts;
      facts.path = path + "." + key.facts.path;
      const auto given = reader.leaves().find(facts.path);
      if (given != reader.leaves().end()) {
        if (const auto value = read_value(facts, given->second, errors_)) key.set(endpoint, *value);
      } else if (facts.required) {
        errors_.add(place, facts.path, "is missing; it has no default");
      }
    }
    if (!endpoint.api_key_env.empty() && !endpoint.api_key_file.empty()) {
      errors_.add(place, path, "has both api_key_env and api_key_file; give one of them");
    }
    return endpoint;
  }

  const Facts& facts_;
  const Leaf& leaf_;
  Errors& errors_;
};

/// A text that reads as itself without quotes, in YAML 1.1 and 1.2.
bool is_safe_plain(const std::string& text) {
  static const std::set<std::string, std::less<>> kWords = {"true", "false", "yes", "no", "on",
                                                            "off",  "null",  "y",   "n"};
  if (text.empty() || text.size() > 200) return false;
  const std::string lower = core::ascii_lower(text);
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto fits = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
  };
  return (letter(lower.front()) || lower.front() == '/') && std::all_of(lower.begin(), lower.end(), fits) &&
         kWords.count(lower) == 0;
}

void append_hex(std::string& out, std::uint8_t byte, const char* prefix) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += prefix;
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

/// Bytes of a character that some reader would change (line breaks of YAML 1.1, control characters), escaped;
/// 0: the character is harmless.
std::size_t escape_special(std::string& out, std::string_view rest) {
  const auto byte = static_cast<std::uint8_t>(rest.front());
  if (byte < 0x20U || byte == 0x7FU) return (append_hex(out, byte, "\\x"), 1);
  if (byte == 0xC2U && rest.size() > 1 && static_cast<std::uint8_t>(rest[1]) < 0xA0U) {
    return (append_hex(out, static_cast<std::uint8_t>(rest[1]), "\\x"), 2);
  }
  static constexpr std::array<std::pair<std::string_view, const char*>, 3> kWide = {
      {{"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}, {"\xEF\xBB\xBF", "\\uFEFF"}}};
  for (const auto& [bytes, escape] : kWide) {
    if (rest.starts_with(bytes)) return (out += escape, bytes.size());
  }
  return 0;
}

std::string endpoint_text(const http::Endpoint& endpoint) {
  std::vector<std::string> parts;
  for (const Key<http::Endpoint>& key : endpoint_keys()) {
    parts.push_back(key.facts.path + ": " + to_text(key.facts, key.get(endpoint)));
  }
  return "{" + joined(parts, ", ") + "}";
}

}  // namespace

std::optional<Value> read_value(const Facts& facts, const Leaf& leaf, Errors& errors) {
  return ValueReader(facts, leaf, errors).read();
}

std::string quoted(const std::string& text) {
  if (is_safe_plain(text)) return text;
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\n' || c == '\t') {
      out += c == '\n' ? "\\n" : "\\t";
      ++at;
    } else if (const std::size_t size = escape_special(out, std::string_view(text).substr(at)); size > 0) {
      at += size;
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
      ++at;
    }
  }
  return out + "\"";
}

std::string to_text(const Facts& facts, const Value& value) {
  switch (facts.type) {
    case Type::kBool:
      return std::get<bool>(value) ? "true" : "false";
    case Type::kAutoOrWhole:
      if (std::get<std::uint64_t>(value) == 0) return "auto";
      return std::to_string(std::get<std::uint64_t>(value));
    case Type::kWhole:
      return std::to_string(std::get<std::uint64_t>(value));
    case Type::kReal:
      return number_text(std::get<double>(value));
    case Type::kChoice:  // a word of the table: safe as it is
      return std::get<std::string>(value);
    case Type::kText:
    case Type::kPath:
      return quoted(std::get<std::string>(value));
    case Type::kObject:
      return object_text(std::get<std::string>(value));
    case Type::kTextList:
    case Type::kEndpoints:
      break;
  }
  std::vector<std::string> parts;
  if (facts.type == Type::kTextList) {
    for (const std::string& text : std::get<std::vector<std::string>>(value)) parts.push_back(quoted(text));
  } else {
    for (const http::Endpoint& endpoint : std::get<std::vector<http::Endpoint>>(value))
      parts.push_back(endpoint_text(endpoint));
  }
  return "[" + joined(parts, ", ") + "]";
}

}  // namespace viltree::config
