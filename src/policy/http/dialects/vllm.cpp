#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

bool owns(const ListedModel& model) {
  return model.owned_by == "vllm";
}

void add_keys(const RequestTraits& traits, json::OrderedValue& body) {
  if (traits.has_prefix) {
    // Both are needed: without them the server closes the assistant's turn and opens another.
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
  // The usage has the sum of all siblings alone; their tokens' ids say how many each has.
  if (traits.n > 1) body["return_token_ids"] = true;
}

/// Else the defaults that a model's files bring would shape the samples beside temperature and top_p (some
/// vision models come with top_k 1, which makes all siblings the same).
void add_settings(json::OrderedValue& settings) {
  settings["top_k"] = -1;
  settings["min_p"] = 0;
  settings["repetition_penalty"] = 1;
}

}  // namespace

const Dialect& vllm() {
  // Sibling i is drawn with seed + i by the server itself.
  static constexpr Dialect kDialect{
      .name = "vllm",
      .choices_per_request = kAnyNumber,
      .knows_images_by_uuid = true,
      .if_turn_closes = "give the server one that does not, with --chat-template",
      .owns = &owns,
      .add_keys = &add_keys,
      .add_settings = &add_settings};
  return kDialect;
}

}  // namespace viltree::http
