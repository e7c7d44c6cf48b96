#include "chat_request.hpp"

#include "png.hpp"
#include "tokens.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

using Json = nlohmann::json;
namespace limits = core::limits;

constexpr std::int64_t kMostSiblings = 4096;
constexpr std::int64_t kMostTokens = 1'000'000;
constexpr std::uint32_t kDefaultTokens = 16'384;
constexpr double kHighestTemperature = 100;
constexpr std::size_t kMostStops = 64;

/// What would change the distribution of answers, with the values that change nothing.
struct Unserved {
  std::string_view key;
  double neutral;
  double as_neutral;
};
constexpr std::array kUnservedNumbers = {
    Unserved{"frequency_penalty", 0, 0},
    Unserved{"presence_penalty", 0, 0},
    Unserved{"repetition_penalty", 1, 1},
    Unserved{"min_p", 0, 0},
    Unserved{"top_k", -1, 0},
    Unserved{"min_tokens", 0, 0},
    Unserved{"top_logprobs", 0, 0},
};
constexpr std::array<std::string_view, 10> kUnserved = {
    "logit_bias",      "tools",   "functions",       "response_format", "guided_json",
    "prompt_logprobs", "best_of", "use_beam_search", "stop_token_ids",  "audio"};

/// Reads the members of an object; the first mistake is kept, and the rest is passed over.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  [[nodiscard]] const Json* find(std::string_view key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  void fail(std::string message) {
    if (!error_) error_ = ApiError{400, std::move(message)};
  }

  [[nodiscard]] const std::optional<ApiError>& error() const { return error_; }

  [[nodiscard]] std::string text(std::string_view key) {
    const Json* value = find(key);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    fail(quoted(key) + " must be a string");
    return {};
  }

  [[nodiscard]] bool flag(std::string_view key, bool otherwise) {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) fail(quoted(key) + " must be true or false");
    return value->is_boolean() && value->get<bool>();
  }

  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t most) {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    const bool whole = value->is_number_integer() && (!value->is_number_unsigned() || fits(*value));
    if (whole && value->get<std::int64_t>() >= 1 && value->get<std::int64_t>() <= most)
      return value->get<std::int64_t>();
    fail(quoted(key) + " must be a whole number from 1 to " + std::to_string(most));
    return otherwise;
  }

  [[nodiscard]] double number(std::string_view key, double otherwise, double most) {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    if (value->is_number() && value->get<double>() >= 0 && value->get<double>() <= most)
      return value->get<double>();
    fail(quoted(key) + " must be a number from 0 to " + std::to_string(static_cast<int>(most)));
    return otherwise;
  }

  [[nodiscard]] static std::string quoted(std::string_view key) { return '`' + std::string(key) + '`'; }

 private:
  [[nodiscard]] static bool fits(const Json& value) {
    return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
  }

  const Json& object_;
  std::optional<ApiError> error_;
};

/// The file behind a data URL.
std::optional<std::string> read_data_url(std::string_view url, Members& members) {
  constexpr std::string_view kMark = ";base64,";
  const auto mark = url.find(kMark);
  if (url.substr(0, 5) != "data:" || mark == std::string_view::npos) {
    members.fail("images must be data URLs with base64 content; others are not fetched");
    return std::nullopt;
  }
  const auto content = url.substr(mark + kMark.size());
  std::string bytes;
  if (content.size() / 4 * 3 > limits::kImageBytes) {
    members.fail("an image has more than " + std::to_string(limits::kImageBytes) + " bytes");
  } else if (!core::base64_decode(content, bytes)) {
    members.fail("an image's data URL is not base64");
  } else if (const auto size = picture_size(bytes);
             size && std::uint64_t{size->width} * size->height > limits::kImagePixels) {
    members.fail("an image has more than " + std::to_string(limits::kImagePixels) + " pixels");
  }
  return bytes;
}

void read_image(const Json& part, ChatRequest& request, Members& members) {
  const auto image = part.find("image_url");
  const bool object = image != part.end() && image->is_object();
  const auto url = object ? image->find("url") : part.end();
  if (!object || url == image->end() || !url->is_string())
    return members.fail("`image_url` must have a string `url`");
  if (request.images.size() == limits::kImagesPerProblem) {
    return members.fail("more than " + std::to_string(limits::kImagesPerProblem) + " images");
  }
  if (auto bytes = read_data_url(url->get_ref<const std::string&>(), members)) {
    request.images.push_back(std::move(*bytes));
  }
}

/// The text of a message; images go to the request.
std::string read_content(const Json& message, ChatRequest& request, Members& members) {
  const auto content = message.find("content");
  if (content != message.end() && content->is_string()) return content->get<std::string>();
  if (content == message.end() || !content->is_array()) {
    members.fail("a message's `content` must be a string or a list of parts");
    return {};
  }
  std::string text;
  for (const Json& part : *content) {
    Members fields(part);
    const std::string type = part.is_object() ? fields.text("type") : "";
    if (type == "text") {
      text += fields.text("text");
    } else if (type == "image_url") {
      read_image(part, request, members);
    } else {
      members.fail("a content part must be of type text or image_url");
    }
    if (fields.error()) members.fail(fields.error()->message);
  }
  return text;
}

/// Empty where the message has none.
std::string role_of(const Json& message) {
  const auto role = message.find("role");
  return role != message.end() && role->is_string() ? role->get<std::string>() : "";
}

/// vLLM's rule: the last message is continued only where both flags say so; otherwise a new turn begins after
/// it.
bool continues_last(Members& members, const Json& messages) {
  const bool continues = members.flag("continue_final_message", false);
  const bool begins = members.flag("add_generation_prompt", true);
  if (continues && begins) {
    members.fail("`continue_final_message` needs `add_generation_prompt`: false");
  } else if (continues && role_of(messages.back()) != "assistant") {
    members.fail("`continue_final_message` needs a last message of role assistant");
  } else if (!continues && !begins) {
    members.fail("without `add_generation_prompt`, `continue_final_message` must be true");
  }
  return continues;
}

void read_message(const Json& message, bool continued, ChatRequest& request, Members& members) {
  const std::string role = role_of(message);
  const std::string text = read_content(message, request, members);
  request.text_tokens += count_tokens(text);
  if (role == "user") {
    if (!request.question.empty()) request.question += '\n';
    request.question += text;
  } else if (role == "assistant") {
    if (continued) request.prefix = text;
  } else if (role != "system" && role != "developer") {
    members.fail("a message's `role` must be system, developer, user or assistant");
  }
}

void read_messages(ChatRequest& request, Members& members) {
  const Json* messages = members.find("messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    return members.fail("`messages` must be a list with at least one message");
  }
  for (const Json& message : *messages) {
    if (!message.is_object()) return members.fail("a message must be an object");
  }
  const bool continued = continues_last(members, *messages);
  for (std::size_t i = 0; i < messages->size(); ++i) {
    read_message((*messages)[i], continued && i + 1 == messages->size(), request, members);
  }
}

void read_stop(ChatRequest& request, Members& members) {
  const Json* stop = members.find("stop");
  if (stop == nullptr) return;
  const Json list = stop->is_string() ? Json::array({*stop}) : *stop;
  if (!list.is_array() || list.size() > kMostStops) {
    return members.fail("`stop` must be a string or a list of at most " + std::to_string(kMostStops));
  }
  for (const Json& text : list) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty()) {
      return members.fail("a stop string must be a string that is not empty");
    }
    request.sampling.stop.push_back(text.get<std::string>());
  }
}

void read_sampling(ChatRequest& request, Members& members) {
  request.sampling.temperature = members.number("temperature", 1, kHighestTemperature);
  request.sampling.top_p = members.number("top_p", 1, 1);
  if (request.sampling.top_p == 0) members.fail("`top_p` must be above 0");
  request.n = static_cast<std::uint32_t>(members.integer("n", 1, kMostSiblings));
  const std::int64_t older = members.integer("max_tokens", kDefaultTokens, kMostTokens);
  request.draw.max_tokens =
      static_cast<std::uint32_t>(members.integer("max_completion_tokens", older, kMostTokens));
  request.draw.include_stop = members.flag("include_stop_str_in_output", false);
  request.draw.token_logprobs = members.flag("logprobs", false);
  if (const Json* seed = members.find("seed")) {
    if (!seed->is_number_integer()) return members.fail("`seed` must be a whole number");
    request.seed = seed->is_number_unsigned() ? seed->get<std::uint64_t>()
                                              : static_cast<std::uint64_t>(seed->get<std::int64_t>());
  }
}

void refuse_unserved(Members& members) {
  if (members.flag("stream", false)) members.fail("streaming is not served; leave `stream` out");
  for (const Unserved& unserved : kUnservedNumbers) {
    const Json* value = members.find(unserved.key);
    if (value == nullptr) continue;
    const double number = value->is_number() ? value->get<double>() : NAN;
    if (number == unserved.neutral || number == unserved.as_neutral) continue;
    members.fail(Members::quoted(unserved.key) + " is not served by the simulator");
  }
  for (const std::string_view key : kUnserved) {
    const Json* value = members.find(key);
    if (value != nullptr) members.fail(Members::quoted(key) + " is not served by the simulator");
  }
}

}  // namespace

bool json_depth_within(std::string_view text, std::size_t limit) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return false;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return true;
}

tl::expected<ChatRequest, ApiError> parse_chat_request(std::string_view body) {
  if (!json_depth_within(body, limits::kJsonDepth)) {
    const std::string limit = std::to_string(limits::kJsonDepth);
    return tl::unexpected(ApiError{400, "the body is nested deeper than " + limit + " levels"});
  }
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return tl::unexpected(ApiError{400, "the body is not a JSON object"});
  ChatRequest request;
  Members members(json);
  request.model = members.text("model");
  read_messages(request, members);
  read_sampling(request, members);
  read_stop(request, members);
  refuse_unserved(members);
  if (members.error()) return tl::unexpected(*members.error());
  return request;
}

}  // namespace viltree::simulated
