#include "dialects.hpp"

#include <viltree/policy/reprompt.hpp>

#include <array>

namespace viltree::simulated {

namespace {

constexpr std::array<std::string_view, 33> kKnownKeys = {"audio",
                                                         "frequency_penalty",
                                                         "function_call",
                                                         "functions",
                                                         "logit_bias",
                                                         "logprobs",
                                                         "max_completion_tokens",
                                                         "max_tokens",
                                                         "messages",
                                                         "metadata",
                                                         "modalities",
                                                         "model",
                                                         "n",
                                                         "parallel_tool_calls",
                                                         "prediction",
                                                         "presence_penalty",
                                                         "prompt_cache_key",
                                                         "reasoning_effort",
                                                         "response_format",
                                                         "safety_identifier",
                                                         "seed",
                                                         "service_tier",
                                                         "stop",
                                                         "store",
                                                         "stream",
                                                         "stream_options",
                                                         "temperature",
                                                         "tool_choice",
                                                         "tools",
                                                         "top_logprobs",
                                                         "top_p",
                                                         "user",
                                                         "verbosity"};

/// Nothing is ever continued; but a user may ask, in words, to go on from a text.
void settle(ChatTurns& turns, Members&) {
  CompletionRequest& request = turns.request;
  if (turns.last_role != "user") return;
  const auto asked = policy::read_reprompt(std::string_view(request.question).substr(turns.last_user_turn));
  if (!asked) return;
  request.prefix = asked->prefix;
  request.question.resize(turns.last_user_turn + asked->question.size());
}

void adorn_usage(OrderedJson& usage) {
  if (usage["prompt_tokens_details"].is_null()) usage["prompt_tokens_details"] = {{"cached_tokens", 0}};
  usage["completion_tokens_details"] = {{"reasoning_tokens", 0}};
}

}  // namespace

const Dialect kOpenai = {.name = "openai",
                         .owned_by = "openai",
                         .settle = settle,
                         .most_siblings = 128,
                         .most_stops = 4,
                         .highest_temperature = 2,
                         .one_limit_key = true,
                         .unknown_keys = UnknownKeys::kRefused,
                         .known_keys = kKnownKeys,
                         .raw_completions = false,
                         .write_error = write_openai_error,
                         .fingerprint = "fp_simulated",
                         .reports_cached = true,
                         .adorn_usage = adorn_usage,
                         .null_usage_in_chunks = true,
                         .last_delta_empty = true,
                         .keep_alive = std::chrono::seconds(300)};

}  // namespace viltree::simulated
