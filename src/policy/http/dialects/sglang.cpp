#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

bool owns(const ListedModel& model) {
  return model.owned_by == "sglang";
}

void add_keys(const RequestTraits& traits, json::OrderedValue& body) {
  // Without it, or where the prefix came as a list of parts, the assistant's message would silently become a
  // turn of its own.
  if (traits.has_prefix) body["continue_final_message"] = true;
  body["separate_reasoning"] = traits.may_think;
}

void add_settings(json::OrderedValue& settings) {
  settings["top_k"] = -1;
  settings["min_p"] = 0;
  settings["repetition_penalty"] = 1;
}

}  // namespace

const Dialect& sglang() {
  // In its deterministic mode all choices of one request are the same; the questions at the start see that.
  static constexpr Dialect kDialect{.name = "sglang",
                                    .choices_per_request = kAnyNumber,
                                    .owns = &owns,
                                    .add_keys = &add_keys,
                                    .add_settings = &add_settings};
  return kDialect;
}

}  // namespace viltree::http
