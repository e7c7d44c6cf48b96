#include "prompt_tokens.hpp"

#include "tokens.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/simulated/policy.hpp>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

template <class Use>
void for_each_token(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t size = first_token(text);
    use(token_id(text.substr(0, size)));
    text.remove_prefix(size);
  }
}

}  // namespace

TokenId token_id(std::string_view token) {
  return static_cast<TokenId>(core::hash64(token));
}

void append_tokens(std::string_view text, std::vector<TokenId>& tokens) {
  for_each_token(text, [&tokens](TokenId token) { tokens.push_back(token); });
}

void append_tokens(std::string_view text, nlohmann::ordered_json& tokens) {
  for_each_token(text, [&tokens](TokenId token) { tokens.push_back(token); });
}

std::vector<TokenId> context_tokens(const CompletionRequest& request) {
  std::vector<TokenId> tokens;
  for (const PromptPart& part : request.context) {
    if (!part.image) {
      append_tokens(part.text, tokens);
      continue;
    }
    for (std::uint64_t i = 0; i < kImageTokens; ++i) {
      tokens.push_back(static_cast<TokenId>(core::mix64(*part.image, i)));
    }
  }
  return tokens;
}

std::uint64_t count_prompt_tokens(const CompletionRequest& request) {
  std::uint64_t tokens = count_tokens(request.open_turn);
  for (const PromptPart& part : request.context) {
    tokens += part.image ? kImageTokens : count_tokens(part.text);
  }
  return tokens;
}

}  // namespace viltree::simulated
