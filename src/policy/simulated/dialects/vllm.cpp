#include "dialects.hpp"

#include <array>

namespace viltree::simulated {

namespace {

/// The last message is continued only where both flags say so; otherwise a new turn begins after it.
void settle(ChatTurns& turns, Members& members) {
  const bool continues = members.flag("continue_final_message", false);
  const bool begins = members.flag("add_generation_prompt", true);
  if (continues && begins) {
    members.fail("Cannot set both `continue_final_message` and `add_generation_prompt` to True.");
  } else if (continues && !turns.ends_with_assistant()) {
    members.fail("`continue_final_message` needs a last message of role assistant");
  } else if (!continues && !begins) {
    members.fail("without `add_generation_prompt`, `continue_final_message` must be true");
  } else if (continues) {
    turns.go_on();
  }
}

OrderedJson write_error(const ApiError& error) {
  const OrderedJson param = error.param.empty() ? OrderedJson(nullptr) : OrderedJson(error.param);
  return {{"error",
           {{"message", error.message},
            {"type", python_error_type(error)},
            {"param", param},
            {"code", error.status}}}};
}

void adorn_choice(OrderedJson& json, const Choice& choice) {
  json["stop_reason"] = choice.stopped_by.empty() ? OrderedJson(nullptr) : OrderedJson(choice.stopped_by);
}

void adorn_model(OrderedJson& entry) {
  entry["root"] = entry["id"];
  entry["parent"] = nullptr;
  entry["max_model_len"] = 131'072;
}

OrderedJson version(const ServerFacts&) {
  return {{"version", "0.11.0"}};
}

constexpr std::array kPages = {Page{"/version", version}};

}  // namespace

const Dialect kVllm = {.name = "vllm",
                       .owned_by = "vllm",
                       .settle = settle,
                       .most_siblings = kMostSiblings,
                       .keep_stop_key = "include_stop_str_in_output",
                       .image_uuids = true,
                       .token_ids = true,
                       .write_error = write_error,
                       .reports_cached = true,
                       .adorn_choice = adorn_choice,
                       .pages = kPages,
                       .adorn_model = adorn_model};

}  // namespace viltree::simulated
