#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

bool owns(const ListedModel& model) {
  return model.owned_by == "lmdeploy";
}

void add_keys(const RequestTraits&, json::OrderedValue& body) {
  body["skip_special_tokens"] = true;
}

void add_settings(json::OrderedValue& settings) {
  settings["top_k"] = 0;  // its default is 40
  settings["min_p"] = 0;
  settings["repetition_penalty"] = 1;
}

}  // namespace

const Dialect& lmdeploy() {
  // A trailing assistant message is gone on from by itself. It has one choice whatever n is.
  static constexpr Dialect kDialect{
      .name = "lmdeploy",
      .choices_per_request = 1,
      .if_turn_closes = "give the server one that does not, with --chat-template",
      .owns = &owns,
      .add_keys = &add_keys,
      .add_settings = &add_settings};
  return kDialect;
}

}  // namespace viltree::http
