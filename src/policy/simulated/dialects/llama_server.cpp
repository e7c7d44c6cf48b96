#include "dialects.hpp"

#include <array>

namespace viltree::simulated {

namespace {

constexpr std::uint32_t kSlots = 4;

/// A last assistant message is continued by itself; vLLM's flags are understood too, and contradict each
/// other where only one is given.
void settle(ChatTurns& turns, Members& members) {
  const bool continues = members.flag("continue_final_message", false);
  const bool begins = members.flag("add_generation_prompt", true);
  if (continues && begins) {
    return members.fail("Cannot set both `continue_final_message` and `add_generation_prompt` to true");
  }
  go_on_from_assistant(turns, members);
}

std::string error_type(const ApiError& error) {
  if (!error.type.empty()) return error.type;
  switch (error.status) {
    case 404:
      return "not_found_error";
    case 501:
      return "not_supported_error";
    case 503:
      return "unavailable_error";
    default:
      return error.status < 500 ? "invalid_request_error" : "server_error";
  }
}

OrderedJson write_error(const ApiError& error) {
  return {{"error", {{"code", error.status}, {"message", error.message}, {"type", error_type(error)}}}};
}

OrderedJson props(const ServerFacts& facts) {
  const std::uint32_t slots = facts.slots == 0 ? kMostSiblings : facts.slots;
  return {{"default_generation_settings", {{"n_ctx", 131'072}}},
          {"total_slots", slots},
          {"model_path", facts.model},
          {"chat_template", "chatml"},
          {"modalities", {{"vision", true}, {"audio", false}}},
          {"build_info", "simulated"}};
}

constexpr std::array kPages = {Page{"/props", props}};

}  // namespace

const Dialect kLlamaServer = {.name = "llama-server",
                              .owned_by = "llamacpp",
                              .settle = settle,
                              .any_model = true,
                              .most_siblings = kMostSiblings,
                              .siblings_within_slots = true,
                              .seed_mask = 0xFFFF'FFFF,
                              .raw_default_tokens = 16'384,
                              .write_error = write_error,
                              .fingerprint = "b0-simulated",
                              .reports_cached = true,
                              .repeats_prefix = true,
                              .counts_first_choice = true,
                              .first_content_null = true,
                              .last_delta_empty = true,
                              .slots = kSlots,
                              .keep_alive_requests = 100,
                              .pages = kPages};

}  // namespace viltree::simulated
