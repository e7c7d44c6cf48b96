#include "completion_request.hpp"

#include "chat_turns.hpp"
#include "dialect.hpp"
#include "raw_prompt.hpp"
#include "sampling_fields.hpp"

#include <viltree/json/value.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

tl::expected<json::Value, ApiError> parse_body(std::string_view body) {
  auto document = json::parse(body);
  if (!document) return tl::unexpected(ApiError{400, "the body: " + json::defect_of(body), "", ""});
  if (!document->is_object()) return tl::unexpected(ApiError{400, "the body is not a JSON object", "", ""});
  return *std::move(document);
}

/// What the dialect does about keys that it does not know: refuses them, or never sees them.
std::optional<ApiError> screen(const Dialect& dialect, json::Value& document) {
  if (dialect.unknown_keys == UnknownKeys::kChecked) return std::nullopt;
  const auto known = [&dialect](const std::string& key) {
    return std::find(dialect.known_keys.begin(), dialect.known_keys.end(), key) != dialect.known_keys.end();
  };
  for (auto member = document.begin(); member != document.end();) {
    if (known(member.key())) {
      ++member;
    } else if (dialect.unknown_keys == UnknownKeys::kRefused) {
      return ApiError{400, "Unrecognized request argument supplied: " + member.key(), "", ""};
    } else {
      member = document.erase(member);
    }
  }
  return std::nullopt;
}

template <class ReadPrompt>
tl::expected<CompletionRequest, ApiError> parse(std::string_view body, const ReadingOptions& options,
                                                CompletionRequest request, ReadPrompt read_prompt) {
  auto document = parse_body(body);
  if (!document) return tl::unexpected(document.error());
  if (auto error = screen(options.dialect, *document)) return tl::unexpected(std::move(*error));
  Members members(*document);
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
