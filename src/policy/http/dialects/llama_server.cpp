#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

constexpr const char* kKwargs = "chat_template_kwargs";

bool owns(const ListedModel& model) {
  return model.owned_by == "llamacpp";
}

void add_keys(const RequestTraits& traits, json::OrderedValue& body) {
  if (traits.has_prefix) {
    // A trailing assistant message is gone on from by default; newer builds may be started without that, and
    // then heed these two. Older ones ignore them.
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
  body["reasoning_format"] =
      traits.may_think ? "deepseek" : "none";  // the first cuts thoughts out of the text
}

void add_settings(json::OrderedValue& settings) {
  // Templates with thinking switched on cannot go on from a prefix.
  settings[kKwargs] = {{"enable_thinking", false}};
  settings["cache_prompt"] = true;
  // Else the server's defaults (top_k 40, min_p 0.05) would cut the samples beside temperature and top_p.
  settings["top_k"] = 0;
  settings["min_p"] = 0;
  settings["repeat_penalty"] = 1;
}

/// Some refusals of what was asked come as 500.
bool is_lasting(long status, std::string_view message) {
  return status == 500 && (message.find("not supported") != std::string_view::npos ||
                           message.find("incompatible") != std::string_view::npos);
}

}  // namespace

const Dialect& llama_server() {
  // n is bounded by the server's slots, and the usage of several choices counts the first alone: one a
  // request.
  static constexpr Dialect kDialect{
      .name = "llama-server",
      .choices_per_request = 1,
      .repeats_prefix = true,
      .tells_slots = true,
      .if_turn_closes = "give the server one that does not, with --chat-template-file and --jinja",
      .owns = &owns,
      .add_keys = &add_keys,
      .add_settings = &add_settings,
      .thinking_setting = kKwargs,
      .is_lasting = &is_lasting};
  return kDialect;
}

}  // namespace viltree::http
