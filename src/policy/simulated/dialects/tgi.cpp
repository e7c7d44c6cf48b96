#include "dialects.hpp"

#include <array>

namespace viltree::simulated {

namespace {

/// A last assistant message is continued, but from its last character that is no blank.
void settle(ChatTurns& turns, Members&) {
  if (!turns.ends_with_assistant()) return;
  turns.assistant.resize(turns.assistant.find_last_not_of(" \t\r\n") + 1);
  turns.go_on();
}

OrderedJson write_error(const ApiError& error) {
  const bool busy = error.status == 429 || error.status == 503;
  const char* type = busy ? "overloaded" : error.status < 500 ? "validation" : "generation";
  return {{"error", error.message}, {"error_type", error.type.empty() ? type : error.type}};
}

OrderedJson info(const ServerFacts& facts) {
  return {{"model_id", facts.model},     {"max_concurrent_requests", 128},     {"max_input_tokens", 131'071},
          {"max_total_tokens", 131'072}, {"router", "text-generation-router"}, {"version", "3.3.0"}};
}

constexpr std::array kPages = {Page{"/info", info}};

}  // namespace

/// A stop string ends the text and stays in it.
const Dialect kTgi = {.name = "tgi",
                      .owned_by = "",
                      .settle = settle,
                      .any_model = true,
                      .keeps_stop = true,
                      .markdown_images = true,
                      .raw_default_tokens = 100,
                      .write_error = write_error,
                      .invalid_status = 422,
                      .fingerprint = "3.3.0-simulated",
                      .role_in_every_delta = true,
                      .keep_alive = std::chrono::seconds(300),
                      .pages = kPages};

}  // namespace viltree::simulated
