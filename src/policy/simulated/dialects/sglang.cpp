#include "dialects.hpp"

#include <array>

namespace viltree::simulated {

namespace {

/// Continues a plain string; with a list of parts the message silently becomes a finished turn.
void settle(ChatTurns& turns, Members& members) {
  const bool continues = members.flag("continue_final_message", false);
  if (continues && turns.ends_with_assistant() && turns.last_is_text) turns.go_on();
}

void adorn_choice(OrderedJson& json, const Choice& choice) {
  json["matched_stop"] = choice.stopped_by.empty() ? OrderedJson(nullptr) : OrderedJson(choice.stopped_by);
}

void adorn_model(OrderedJson& entry) {
  entry["root"] = entry["id"];
  entry["max_model_len"] = 131'072;
}

OrderedJson model_info(const ServerFacts& facts) {
  return {{"model_path", facts.model}, {"tokenizer_path", facts.model}, {"is_generation", true}};
}

constexpr std::array kPages = {Page{"/get_model_info", model_info}};

}  // namespace

const Dialect kSglang = {.name = "sglang",
                         .owned_by = "sglang",
                         .settle = settle,
                         .any_model = true,
                         .most_siblings = kMostSiblings,
                         .keep_stop_key = "no_stop_trim",
                         .write_error = write_flat_error,
                         .reports_cached = true,
                         .adorn_choice = adorn_choice,
                         .pages = kPages,
                         .adorn_model = adorn_model};

}  // namespace viltree::simulated
