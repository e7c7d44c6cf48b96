#pragma once

#include "completion.hpp"

#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace viltree::simulated {

/// Why a request is not served, in the form of OpenAI's error objects.
struct ApiError {
  int status = 400;
  std::string message;
  std::string type = "invalid_request_error";
};

/// POST /v1/chat/completions, understood.
struct ChatRequest {
  std::string model;
  std::string question;             ///< the text of the user's turns
  std::vector<std::string> images;  ///< the files themselves
  std::string prefix;               ///< of an answer that is to be continued
  std::uint64_t text_tokens = 0;    ///< of all turns, the prefix included
  std::uint32_t n = 1;
  policy::SamplingOptions sampling;
  DrawOptions draw;
  std::optional<std::uint64_t> seed;
};

/// Refuses what is malformed, what is beyond a limit, and what would change the answer but is not served.
[[nodiscard]] tl::expected<ChatRequest, ApiError> parse_chat_request(std::string_view body);

/// True where no bracket outside a string opens deeper than `limit`. To be asked before a parser builds
/// anything.
[[nodiscard]] bool json_depth_within(std::string_view text, std::size_t limit);

}  // namespace viltree::simulated
