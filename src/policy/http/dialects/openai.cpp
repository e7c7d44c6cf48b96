#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

bool owns(const ListedModel& model) {
  return model.owned_by == "openai" || model.owned_by == "system" || model.owned_by.starts_with("openai-");
}

void add_keys(const RequestTraits& traits, json::OrderedValue& body) {
  // Its newer models refuse max_tokens. Unknown keys are refused too, so there are no others.
  body.erase("max_tokens");
  body["max_completion_tokens"] = traits.max_tokens;
}

}  // namespace

const Dialect& openai() {
  static constexpr Dialect kDialect{.name = "openai",
                                    .continuation = Continuation::kReprompt,
                                    .choices_per_request = 128,
                                    .owns = &owns,
                                    .add_keys = &add_keys};
  return kDialect;
}

}  // namespace viltree::http
