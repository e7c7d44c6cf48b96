#pragma once

#include "completion.hpp"
#include "image_shelf.hpp"

#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace viltree::simulated {

struct Dialect;

/// A piece of a prompt as the engine sees it.
struct PromptPart {
  std::string text;
  std::optional<std::uint64_t> image;  ///< its hash; then there is no text
};

/// A request for completions, understood.
struct CompletionRequest {
  bool chat = true;  ///< or a raw prompt
  std::string model;
  std::string question;         ///< the text of the user's turns
  std::vector<Picture> images;  ///< in order
  std::string prefix;           ///< of a completion that is to be continued
  std::vector<PromptPart> context;
  std::string open_turn;  ///< what stands in the prompt after the context: the prefix, where it is continued
  std::uint32_t n = 1;
  policy::SamplingOptions sampling;
  DrawOptions draw;
  std::optional<std::uint64_t> seed;
  bool stream = false;
  bool stream_usage = false;  ///< a stream ends with a chunk of usage
  bool token_ids = false;
};

/// What a request is read with.
struct ReadingOptions {
  const Dialect& dialect;
  ImageShelf& images;
  std::uint32_t slots = 0;  ///< 0: unlimited
};

/// POST /v1/chat/completions. Refuses what is malformed, what is beyond a limit, and what would change the
/// reply but is not served, in so far as the dialect looks at it.
[[nodiscard]] tl::expected<CompletionRequest, ApiError> parse_chat_request(std::string_view body,
                                                                           const ReadingOptions& options);

/// POST /v1/completions: the prompt is what a chat template has made, see raw_prompt.hpp.
[[nodiscard]] tl::expected<CompletionRequest, ApiError> parse_raw_request(std::string_view body,
                                                                          const ReadingOptions& options);

}  // namespace viltree::simulated
