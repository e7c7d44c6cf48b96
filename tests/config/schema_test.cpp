#include "keys.hpp"

#include <viltree/config/config.hpp>
#include <viltree/labels/modes.hpp>

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using Json = nlohmann::json;

namespace {

/// The schema of a key, down from the root.
const Json& at(const Json& schema, const std::string& path) {
  const Json* found = &schema;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t dot = std::min(path.find('.', start), path.size());
    CHECK(found->at("additionalProperties") == false);
    found = &found->at("properties").at(path.substr(start, dot - start));
    start = dot + 1;
  }
  return *found;
}

}  // namespace

TEST_CASE("schema: is JSON of draft 2020-12, and has every key of the table with its meaning and default") {
  const Json schema = Json::parse(config::json_schema());
  CHECK(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  for (const auto& key : config::keys_for("visualprm")) {
    CAPTURE(key.facts.path);
    const Json& property = at(schema, key.facts.path);
    CHECK(property.at("description").get<std::string>().find(key.facts.meaning) != std::string::npos);
    const bool is_constant = !property.contains("default") && property.value("type", "") == "number";
    CHECK((property.contains("default") || key.facts.required || is_constant));
  }
  CHECK(at(schema, "policy.max_tokens").at("default") == 1024);
  CHECK(at(schema, "policy.limits.in_flight").at("default") == "auto");
  Json modes;
  for (const labels::ModeInfo* mode : labels::modes()) {
    if (!mode->needs_judgements) modes.push_back(mode->name);
  }
  CHECK(at(schema, "labels.mode").at("enum") == modes);
  CHECK(at(schema, "dataset").at("required") == Json{"kind"});
  CHECK(at(schema, "judge.endpoints").at("items") == at(schema, "policy.endpoints").at("items"));
  const Json& endpoint = at(schema, "policy.endpoints").at("items");
  CHECK(endpoint.at("required") == Json{"url"});
  for (const auto& key : config::endpoint_keys()) CHECK(endpoint.at("properties").contains(key.facts.path));
}

TEST_CASE("schema: each strategy allows its own constants, with their published values, and no other's") {
  const Json schema = Json::parse(config::json_schema());
  const Json& search = at(schema, "search");
  for (const search::StrategyInfo* strategy : search::strategies()) {
    CAPTURE(strategy->name);
    Json then;
    for (const Json& rule : search.at("allOf")) {
      if (rule.at("if").at("properties").at("strategy").at("const") == strategy->name) then = rule.at("then");
    }
    std::size_t own = 0;
    for (const Json& property : then.at("properties")) own += property.is_object() ? 1U : 0U;
    CHECK(own == strategy->constants.size());
    for (const search::Constant& constant : strategy->constants) {
      const Json& property = then.at("properties").at(std::string(constant.name));
      CHECK(property.at("default") == constant.value);
      CHECK(property.at("minimum") == constant.least);
      CHECK(property.at("maximum") == constant.most);
      CHECK(property.at("type") == (constant.whole ? "integer" : "number"));
    }
  }
}

TEST_CASE("labels.mode: every mode is taken and explained, or the command that makes it is told") {
  const std::string demo = "dataset: {kind: demo}\npolicy: {kind: simulated}\n";
  const Json mode_key = at(Json::parse(config::json_schema()), "labels.mode");
  const std::string meaning = mode_key.at("description").get<std::string>();
  for (const labels::ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    const std::string name(mode->name);
    const auto config = config::parse(demo + "labels: {mode: " + name + "}\n", "run.yaml");
    REQUIRE(config.has_value() != mode->needs_judgements);
    if (config) {
      CHECK(config->crawl.labels.mode == mode);
      CHECK(meaning.find(name + ": " + std::string(mode->meaning)) != std::string::npos);
    } else {
      CHECK(config.error().message.find("--label " + name + " --judgements FILE") != std::string::npos);
    }
  }
}
