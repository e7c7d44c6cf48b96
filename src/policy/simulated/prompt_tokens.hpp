#pragma once

#include "completion_request.hpp"

#include <viltree/json/value.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// A token's name for the prefix cache: a hash of its text, or of an image and the place within it.
using TokenId = std::uint32_t;

[[nodiscard]] TokenId token_id(std::string_view token);

/// Appends the names of a text's tokens.
void append_tokens(std::string_view text, std::vector<TokenId>& tokens);
void append_tokens(std::string_view text, json::OrderedValue& tokens);

/// The tokens of a prompt up to the open turn: texts by tokens.hpp, kImageTokens for every image.
[[nodiscard]] std::vector<TokenId> context_tokens(const CompletionRequest& request);

/// How many tokens the whole prompt has, the open turn included.
[[nodiscard]] std::uint64_t count_prompt_tokens(const CompletionRequest& request);

}  // namespace viltree::simulated
