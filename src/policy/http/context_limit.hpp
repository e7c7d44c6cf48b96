#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace viltree::http {

/// What a server says that refuses a request because it does not fit its context.
struct ContextLimit {
  std::uint64_t window = 0;  ///< tokens that a prompt and its completion may have together
  std::uint64_t prompt = 0;  ///< tokens of this prompt

  /// Tokens that a completion of this prompt may have.
  [[nodiscard]] std::uint64_t room() const { return window > prompt ? window - prompt : 0; }
};

/// Whether a refusal is plainly one of what does not fit the context: by its code, or its numbers.
[[nodiscard]] bool is_about_context(std::string_view message);

/// The numbers of such a refusal of a request for `max_tokens`; none where it does not tell them. vLLM,
/// SGLang, TGI, OpenAI and those that copy them say both in words of their own: the window stands behind what
/// limits, the prompt before what it is counted in, or is what a sum leaves.
[[nodiscard]] std::optional<ContextLimit> context_limit_of(std::string_view message,
                                                           std::uint32_t max_tokens);

}  // namespace viltree::http
