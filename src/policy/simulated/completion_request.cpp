#include "completion_request.hpp"

#include "chat_turns.hpp"
#include "dialect.hpp"
#include "json_depth.hpp"
#include "raw_prompt.hpp"
#include "sampling_fields.hpp"

#include <viltree/core/limits.hpp>

#include <algorithm>

namespace viltree::simulated {

namespace {

using Json = nlohmann::json;
namespace limits = core::limits;

tl::expected<Json, ApiError> parse_body(std::string_view body) {
  if (!json_depth_within(body, limits::kJsonDepth)) {
    const std::string limit = std::to_string(limits::kJsonDepth);
    return tl::unexpected(ApiError{400, "the body is nested deeper than " + limit + " levels", "", ""});
  }
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return tl::unexpected(ApiError{400, "the body is not a JSON object", "", ""});
  return json;
}

/// What the dialect does about keys that it does not know: refuses them, or never sees them.
std::optional<ApiError> screen(const Dialect& dialect, Json& json) {
  if (dialect.unknown_keys == UnknownKeys::kChecked) return std::nullopt;
  const auto known = [&dialect](const std::string& key) {
    return std::find(dialect.known_keys.begin(), dialect.known_keys.end(), key) != dialect.known_keys.end();
  };
  for (auto member = json.begin(); member != json.end();) {
    if (known(member.key())) {
      ++member;
    } else if (dialect.unknown_keys == UnknownKeys::kRefused) {
      return ApiError{400, "Unrecognized request argument supplied: " + member.key(), "", ""};
    } else {
      member = json.erase(member);
    }
  }
  return std::nullopt;
}

template <class ReadPrompt>
tl::expected<CompletionRequest, ApiError> parse(std::string_view body, const ReadingOptions& options,
                                                CompletionRequest request, ReadPrompt read_prompt) {
  auto json = parse_body(body);
  if (!json) return tl::unexpected(json.error());
  if (auto error = screen(options.dialect, *json)) return tl::unexpected(std::move(*error));
  Members members(*json);
  request.model = options.dialect.any_model ? members.text_or_empty("model") : members.text("model");
  read_prompt(request, members);
  read_sampling(options, request, members);
  refuse_unserved(members);
  if (members.error()) return tl::unexpected(*members.error());
  return request;
}

}  // namespace

tl::expected<CompletionRequest, ApiError> parse_chat_request(std::string_view body,
                                                             const ReadingOptions& options) {
  return parse(body, options, {}, [&options](CompletionRequest& request, Members& members) {
    read_turns(options, request, members);
  });
}

tl::expected<CompletionRequest, ApiError> parse_raw_request(std::string_view body,
                                                            const ReadingOptions& options) {
  CompletionRequest raw;
  raw.chat = false;
  return parse(body, options, std::move(raw), [&options](CompletionRequest& request, Members& members) {
    read_raw_prompt(members.text("prompt"), options.dialect.markdown_images, request, members);
  });
}

}  // namespace viltree::simulated
