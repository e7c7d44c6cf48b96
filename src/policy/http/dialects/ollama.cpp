#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

bool owns(const ListedModel& model) {
  return model.owned_by == "library";
}

void add_keys(const RequestTraits&, json::OrderedValue& body) {
  body.erase("n");  // it has one choice whatever is asked
}

void add_settings(json::OrderedValue& settings) {
  settings["frequency_penalty"] = 0;
  settings["presence_penalty"] = 0;
}

}  // namespace

const Dialect& ollama() {
  // A trailing assistant message is gone on from by itself, where the model's template allows. Its top_k (40)
  // can be changed in the Modelfile alone.
  static constexpr Dialect kDialect{
      .name = "ollama",
      .choices_per_request = 1,
      .if_turn_closes =
          "see `ollama show --template MODEL`: where TEMPLATE writes the end of a turn behind the "
          "last message of role assistant, a Modelfile must leave it out",
      .owns = &owns,
      .add_keys = &add_keys,
      .add_settings = &add_settings};
  return kDialect;
}

}  // namespace viltree::http
