#include "sampling_fields.hpp"

#include "dialect.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace viltree::simulated {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostTokens = 1'000'000;
constexpr std::uint32_t kChatTokens = 16'384;

/// What would change the distribution of replies, with the values that change nothing.
struct Unserved {
  std::string_view key;
  double neutral;
  double as_neutral;
};
constexpr std::array kUnservedNumbers = {
    Unserved{"frequency_penalty", 0, 0},
    Unserved{"presence_penalty", 0, 0},
    Unserved{"repetition_penalty", 1, 1},
    Unserved{"repeat_penalty", 1, 1},
    Unserved{"min_p", 0, 0},
    Unserved{"typical_p", 1, 1},
    Unserved{"top_k", -1, 0},
    Unserved{"min_tokens", 0, 0},
    Unserved{"top_logprobs", 0, 0},
    Unserved{"mirostat", 0, 0},
    Unserved{"min_new_tokens", 0, 0},
    Unserved{"best_of", 1, 1},
};
constexpr std::array<std::string_view, 14> kUnserved = {
    "logit_bias",      "tools",           "functions",      "response_format", "guided_json",
    "prompt_logprobs", "use_beam_search", "stop_token_ids", "audio",           "grammar",
    "json_schema",     "regex",           "ebnf",           "suffix"};

void read_stop(const Dialect& dialect, CompletionRequest& request, Members& members) {
  const Json* stop = members.find("stop");
  if (stop == nullptr) return;
  const Json list = stop->is_string() ? Json::array({*stop}) : *stop;
  if (!list.is_array() || list.size() > dialect.most_stops) {
    return members.fail("`stop` must be a string or a list of at most " + std::to_string(dialect.most_stops),
                        "stop");
  }
  for (const Json& text : list) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty()) {
      return members.fail("a stop string must be a string that is not empty", "stop");
    }
    request.sampling.stop.push_back(text.get<std::string>());
  }
}

void read_siblings(const ReadingOptions& options, CompletionRequest& request, Members& members) {
  const Dialect& dialect = options.dialect;
  if (dialect.most_siblings == 1) return;
  request.n = static_cast<std::uint32_t>(members.integer("n", 1, dialect.most_siblings));
  if (dialect.siblings_within_slots && options.slots > 0 && request.n > options.slots) {
    members.fail("`n` cannot be greater than the number of slots, " + std::to_string(options.slots), "n");
  }
}

void read_length(const Dialect& dialect, CompletionRequest& request, Members& members) {
  const std::int64_t otherwise = request.chat ? kChatTokens : dialect.raw_default_tokens;
  if (dialect.one_limit_key && members.find("max_tokens") != nullptr &&
      members.find("max_completion_tokens") != nullptr) {
    members.fail("`max_tokens` and `max_completion_tokens` cannot both be set", "max_tokens");
  }
  const std::int64_t older = members.integer("max_tokens", otherwise, kMostTokens);
  request.draw.max_tokens =
      static_cast<std::uint32_t>(members.integer("max_completion_tokens", older, kMostTokens));
}

void read_logprobs(CompletionRequest& request, Members& members) {
  if (request.chat) {
    request.draw.token_logprobs = members.flag("logprobs", false);
  } else if (const Json* count = members.find("logprobs")) {
    if (!count->is_number_integer()) members.fail("`logprobs` must be a whole number", "logprobs");
    request.draw.token_logprobs = true;
  }
}

void read_stream(const Dialect& dialect, CompletionRequest& request, Members& members) {
  request.stream = members.flag("stream", false);
  const Json* stream_options = members.find("stream_options");
  if (stream_options == nullptr) return;
  if (!stream_options->is_object())
    return members.fail("`stream_options` must be an object", "stream_options");
  Members fields(*stream_options);
  request.stream_usage = fields.flag("include_usage", false) && dialect.usage_in_streams;
  if (fields.error()) members.fail(*fields.error());
}

void read_seed(const Dialect& dialect, CompletionRequest& request, Members& members) {
  const Json* seed = members.find("seed");
  if (seed == nullptr) return;
  if (!seed->is_number_integer()) return members.fail("`seed` must be a whole number", "seed");
  const std::uint64_t value = seed->is_number_unsigned()
                                  ? seed->get<std::uint64_t>()
                                  : static_cast<std::uint64_t>(seed->get<std::int64_t>());
  request.seed = value & dialect.seed_mask;
}

}  // namespace

void read_sampling(const ReadingOptions& options, CompletionRequest& request, Members& members) {
  const Dialect& dialect = options.dialect;
  request.sampling.temperature = members.number("temperature", 1, dialect.highest_temperature);
  request.sampling.top_p = members.number("top_p", 1, 1);
  if (request.sampling.top_p == 0) members.fail("`top_p` must be above 0", "top_p");
  read_siblings(options, request, members);
  read_length(dialect, request, members);
  read_stop(dialect, request, members);
  read_logprobs(request, members);
  read_stream(dialect, request, members);
  read_seed(dialect, request, members);
  request.draw.include_stop = dialect.keeps_stop;
  if (!dialect.keep_stop_key.empty()) {
    request.draw.include_stop = members.flag(dialect.keep_stop_key, dialect.keeps_stop);
  }
  request.token_ids = dialect.token_ids && members.flag("return_token_ids", false);
}

void refuse_unserved(Members& members) {
  for (const Unserved& unserved : kUnservedNumbers) {
    const Json* value = members.find(unserved.key);
    if (value == nullptr) continue;
    const double number = value->is_number() ? value->get<double>() : NAN;
    if (number == unserved.neutral || number == unserved.as_neutral) continue;
    members.fail(Members::quoted(unserved.key) + " is not served by the simulator", unserved.key);
  }
  for (const std::string_view key : kUnserved) {
    const Json* value = members.find(key);
    if (value != nullptr) members.fail(Members::quoted(key) + " is not served by the simulator", key);
  }
  if (members.find("echo") != nullptr && members.flag("echo", false)) {
    members.fail("`echo` is not served by the simulator", "echo");
  }
}

}  // namespace viltree::simulated
