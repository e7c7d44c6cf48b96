#include "dialects.hpp"

#include <algorithm>
#include <array>

namespace viltree::simulated {

namespace {

constexpr std::array kDialects = {&kVllm,     &kSglang, &kLlamaServer, &kLlamaCppPython,
                                  &kLmdeploy, &kOllama, &kTgi,         &kOpenai};

OrderedJson or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

std::string openai_type(const ApiError& error) {
  if (!error.type.empty()) return error.type;
  if (error.status == 404) return "not_found_error";
  if (error.status == 429) return "requests";
  return error.status < 500 ? "invalid_request_error" : "server_error";
}

}  // namespace

std::span<const Dialect* const> dialects() {
  return kDialects;
}

const Dialect* find_dialect(std::string_view name) {
  const auto found = std::find_if(kDialects.begin(), kDialects.end(),
                                  [name](const Dialect* it) { return it->name == name; });
  return found == kDialects.end() ? nullptr : *found;
}

void begin_new_turn(ChatTurns&, Members&) {}

void go_on_from_assistant(ChatTurns& turns, Members&) {
  if (turns.ends_with_assistant()) turns.go_on();
}

OrderedJson write_openai_error(const ApiError& error) {
  return {{"error",
           {{"message", error.message},
            {"type", openai_type(error)},
            {"param", or_null(error.param)},
            {"code", nullptr}}}};
}

OrderedJson write_flat_error(const ApiError& error) {
  return {{"object", "error"},
          {"message", error.message},
          {"type", python_error_type(error)},
          {"param", or_null(error.param)},
          {"code", error.status}};
}

std::string python_error_type(const ApiError& error) {
  if (!error.type.empty()) return error.type;
  if (error.status == 404) return "NotFoundError";
  if (error.status == 503) return "ServiceUnavailableError";
  if (error.status == 429) return "TooManyRequestsError";
  return error.status < 500 ? "BadRequestError" : "InternalServerError";
}

}  // namespace viltree::simulated
