#pragma once

#include <viltree/config/config.hpp>
#include <viltree/http/options.hpp>
#include <viltree/search/strategy.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

/// The one table of keys. Parsing, printing, the schema, the checks, the hash and the diff all read it.
namespace viltree::config {

enum class Type : std::uint8_t {
  kBool,
  kWhole,
  kAutoOrWhole,  ///< `auto` is 0
  kReal,
  kText,
  kPath,
  kChoice,
  kTextList,
  kObject,  ///< a map of any names and values, as the text of a JSON object
  kEndpoints,
};

using Value = std::variant<bool, std::uint64_t, double, std::string, std::vector<std::string>,
                           std::vector<http::Endpoint>>;

/// What a text must look like beyond being text.
struct TextRule {
  bool (*fits)(std::string_view text);
  std::string_view pattern;  ///< the same as a regular expression, for the schema
  std::string_view message;  ///< "is not …"; the text is not repeated, for it may hold a secret
};

/// What an object must look like beyond being one.
struct ObjectRule {
  /// Why it may not have the member, "is …" or "…: is …" of a part of it; none where it may.
  std::optional<std::string> (*why_not)(std::string_view name, const nlohmann::json& value);
  /// The same for the schema, to be put beside {"type": "object"}: a JSON object.
  std::string (*schema)();
};

/// A key is in use only where another one, a choice, has one of these values.
struct Condition {
  std::string_view key;
  std::array<std::string_view, 2> values;  ///< the second may be empty
  bool (*holds)(const Config& config);

  /// "openai or simulated"
  [[nodiscard]] std::string words() const {
    return std::string(values[0]) + (values[1].empty() ? "" : " or " + std::string(values[1]));
  }
};

/// What there is to know of a key, whatever struct it belongs to.
struct Facts {
  std::string path;  ///< "policy.limits.retries"
  Type type;
  std::string meaning;
  double least = 0;  ///< of a number, or of a list's length
  double most = 0;
  std::vector<std::string> allowed = {};  ///< of a choice; of a list, its entries
  /// Words that are no choice here, and what to do instead.
  std::vector<std::pair<std::string_view, std::string>> elsewhere = {};
  const TextRule* rule = nullptr;           ///< of a text that is not empty
  const ObjectRule* object_rule = nullptr;  ///< of an object
  bool may_be_empty = false;
  bool required = false;  ///< there is no default
  bool free = false;      ///< may change when a run goes on: it cannot change the result
  /// The default is what runs had before there was the key, and no decision: they know no difference.
  bool later = false;
  std::optional<Condition> only_with = std::nullopt;

  /// "retries"
  [[nodiscard]] std::string_view name() const {
    return std::string_view(path).substr(path.find_last_of('.') + 1);
  }
};

/// A key of `Object`. Its default is what get() says of a fresh Object.
template <class Object>
struct Key {
  Facts facts;
  std::function<Value(const Object&)> get;
  std::function<void(Object&, const Value&)> set;  ///< a checked value of the key's type

  Key&& required() && { return (facts.required = true, std::move(*this)); }
  Key&& free() && { return (facts.free = true, std::move(*this)); }
  Key&& later() && { return (facts.later = true, std::move(*this)); }
  Key&& may_be_empty() && { return (facts.may_be_empty = true, std::move(*this)); }
  Key&& rule(const TextRule& rule) && { return (facts.rule = &rule, std::move(*this)); }
  Key&& only_with(Condition condition) && { return (facts.only_with = condition, std::move(*this)); }
};

/// All keys for a strategy (a known one), its constants among them, in the order of printing.
[[nodiscard]] std::vector<Key<Config>> keys_for(std::string_view strategy);

/// The constants of one strategy alone.
[[nodiscard]] std::vector<Key<Config>> constants_of(const search::StrategyInfo& strategy);

/// The keys of one of `policy.endpoints` or `judge.endpoints`.
[[nodiscard]] const std::vector<Key<http::Endpoint>>& endpoint_keys();

/// Whether the key is in use in this configuration.
[[nodiscard]] bool applies(const Facts& facts, const Config& config);

}  // namespace viltree::config
