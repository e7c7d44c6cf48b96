#include "keys.hpp"

#include <viltree/config/config.hpp>

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

namespace viltree::config {

namespace {

using Json = nlohmann::ordered_json;

Json number(const Facts& facts, const char* type) {
  Json schema = {{"type", type}};
  const auto bound = [&](double value) {
    return facts.type == Type::kReal ? Json(value) : Json(static_cast<std::uint64_t>(value));
  };
  schema["minimum"] = bound(facts.least);
  schema["maximum"] = bound(facts.most);
  return schema;
}

Json text(const Facts& facts) {
  Json schema = {{"type", "string"}};
  if (!facts.may_be_empty) schema["minLength"] = 1;
  if (facts.rule != nullptr) {
    const std::string pattern(facts.rule->pattern);
    schema["pattern"] = facts.may_be_empty ? "^$|" + pattern : pattern;
  }
  return schema;
}

Json endpoint_shape();

Json list(const Facts& facts, Json item) {
  return {{"type", "array"},
          {"minItems", static_cast<std::uint64_t>(facts.least)},
          {"maxItems", static_cast<std::uint64_t>(facts.most)},
          {"items", std::move(item)}};
}

/// What a value of the key may be.
Json shape(const Facts& facts) {
  switch (facts.type) {
    case Type::kBool:
      return {{"type", "boolean"}};
    case Type::kWhole:
      return number(facts, "integer");
    case Type::kAutoOrWhole:
      return {{"anyOf", {{{"const", "auto"}}, number(facts, "integer")}}};
    case Type::kReal:
      return number(facts, "number");
    case Type::kText:
    case Type::kPath:
      return text(facts);
    case Type::kChoice:
      return {{"enum", facts.allowed}};
    case Type::kTextList:
      if (!facts.allowed.empty()) return list(facts, {{"enum", facts.allowed}});
      return list(facts, {{"type", "string"}, {"minLength", 1}});
    case Type::kObject: {
      Json shape = Json::parse(facts.object_rule->schema());
      shape["type"] = "object";
      return shape;
    }
    case Type::kEndpoints:
      break;
  }
  return list(facts, endpoint_shape());
}

Json value_of(const Facts& facts, const Value& value) {
  if (facts.type == Type::kObject) return Json::object();
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return *texts;
  const std::uint64_t whole = std::get<std::uint64_t>(value);
  return facts.type == Type::kAutoOrWhole && whole == 0 ? Json("auto") : Json(whole);
}

std::string described(const Facts& facts) {
  std::string text = facts.meaning;
  if (facts.only_with) {
    text += ". Only with " + std::string(facts.only_with->key) + ": " + facts.only_with->words();
  }
  if (facts.free) text += ". May be changed when a run goes on";
  return text;
}

template <class Object>
Json property(const Key<Object>& key) {
  Json schema = shape(key.facts);
  schema["description"] = described(key.facts);
  if (!key.facts.required) schema["default"] = value_of(key.facts, key.get(Object{}));
  return schema;
}

Json object() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

Json endpoint_shape() {
  Json item = object();
  for (const Key<http::Endpoint>& key : endpoint_keys()) {
    item["properties"][key.facts.path] = property(key);
    if (key.facts.required) item["required"].push_back(key.facts.path);
  }
  return item;
}

/// The parent's schema of a key below `root`, made where it is not there yet.
Json& section_of(Json& root, const std::string& path) {
  Json* section = &root;
  std::size_t start = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    Json& next = (*section)["properties"][path.substr(start, dot - start)];
    if (next.is_null()) next = object();
    section = &next;
    start = dot + 1;
  }
  return *section;
}

using Values = decltype(Condition::values);

/// "if this choice has one of these values": where the default is one, the choice may be absent.
Json choice_is(const std::string& name, const Values& values, bool is_default) {
  Json value = {{"const", values[0]}};
  if (!values[1].empty()) value = {{"enum", values}};
  Json condition = {{"properties", {{name, value}}}};
  if (!is_default) condition["required"] = {name};
  return condition;
}

/// For each strategy: its constants with their ranges, and no other's.
void add_constants(Json& search) {
  std::map<std::string, std::string> meanings;
  for (const search::StrategyInfo* strategy : search::strategies()) {
    for (const search::Constant& constant : strategy->constants) {
      std::string& meaning = meanings[std::string(constant.name)];
      meaning +=
          (meaning.empty() ? "" : ". ") + std::string(strategy->name) + ": " + std::string(constant.meaning);
    }
  }
  for (const auto& [name, meaning] : meanings) {
    search["properties"][name] = {{"type", "number"}, {"description", meaning}};
  }
  for (const search::StrategyInfo* strategy : search::strategies()) {
    Json properties;
    for (const auto& entry : meanings) properties[entry.first] = false;
    for (const Key<Config>& key : constants_of(*strategy))
      properties[std::string(key.facts.name())] = property(key);
    search["allOf"].push_back(
        {{"if", choice_is("strategy", {strategy->name}, strategy->name == search::Options{}.strategy)},
         {"then", {{"properties", properties}}}});
  }
}

/// For each condition: what is required where it holds, and what must not be there where it does not.
void add_conditions(Json& root, const std::vector<Key<Config>>& keys) {
  std::map<std::pair<std::string, Values>, Json> rules;
  for (const Key<Config>& key : keys) {
    const Facts& facts = key.facts;
    if (!facts.only_with) continue;
    const std::string choice(facts.only_with->key);
    const std::size_t section = choice.find('.') + 1;
    Json& rule = rules[{choice, facts.only_with->values}];
    if (rule.is_null()) rule["if"] = nullptr;  // comes first where people read it
    Json* place = &rule["else"];
    const std::string path = facts.path.substr(section);
    std::size_t start = 0;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
      place = &(*place)["properties"][path.substr(start, dot - start)];
      start = dot + 1;
    }
    (*place)["properties"][path.substr(start)] = false;
    if (facts.required) rule["then"]["required"].push_back(path);
  }
  for (auto& [condition, rule] : rules) {
    const std::size_t dot = condition.first.find('.');
    Json& section = root["properties"][condition.first.substr(0, dot)];
    const std::string name = condition.first.substr(dot + 1);
    const std::string usual = section["properties"][name].value("default", "");
    const auto& values = condition.second;
    const bool is_default = std::find(values.begin(), values.end(), usual) != values.end() && !usual.empty();
    rule["if"] = choice_is(name, condition.second, is_default);
    section["allOf"].push_back(rule);
  }
}

}  // namespace

std::string json_schema() {
  Json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", "viltree configuration"},
               {"type", "object"},
               {"additionalProperties", false},
               {"required", {"dataset"}},
               {"properties", Json::object()}};
  const std::vector<Key<Config>> keys = keys_for(search::Options{}.strategy);
  for (const Key<Config>& key : keys) {
    Json& section = section_of(root, key.facts.path);
    const std::string name(key.facts.name());
    section["properties"][name] = property(key);
    if (key.facts.required && !key.facts.only_with) section["required"].push_back(name);
  }
  add_constants(root["properties"]["search"]);
  add_conditions(root, keys);
  return root.dump(2) + "\n";
}

}  // namespace viltree::config
