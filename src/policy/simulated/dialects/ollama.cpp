#include "dialects.hpp"

#include <array>

namespace viltree::simulated {

namespace {

/// Its request type has these fields; a decoder that knows no others passes the rest over in silence.
constexpr std::array<std::string_view, 16> kKnownKeys = {
    "model", "messages", "stream",          "stream_options",  "max_tokens",        "seed",
    "stop",  "tools",    "response_format", "temperature",     "frequency_penalty", "presence_penalty",
    "top_p", "prompt",   "suffix",          "reasoning_effort"};

std::string error_type(const ApiError& error) {
  if (!error.type.empty()) return error.type;
  if (error.status == 400) return "invalid_request_error";
  return error.status == 404 ? "not_found_error" : "api_error";
}

OrderedJson write_error(const ApiError& error) {
  return {{"error",
           {{"message", error.message}, {"type", error_type(error)}, {"param", nullptr}, {"code", nullptr}}}};
}

OrderedJson version(const ServerFacts&) {
  return {{"version", "0.12.0"}};
}

constexpr std::array kPages = {Page{"/api/version", version}};

}  // namespace

const Dialect kOllama = {.name = "ollama",
                         .owned_by = "library",
                         .settle = go_on_from_assistant,
                         .unknown_keys = UnknownKeys::kIgnored,
                         .known_keys = kKnownKeys,
                         .raw_default_tokens = 16'384,
                         .write_error = write_error,
                         .fingerprint = "fp_ollama",
                         .role_in_every_delta = true,
                         .keep_alive = std::chrono::seconds(300),
                         .pages = kPages};

}  // namespace viltree::simulated
