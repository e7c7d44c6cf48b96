#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// The generated tokens of a choice, each with its log-probability, as a reply or its events list them. Not
/// trusted.
class TokenScores {
 public:
  /// Adds the tokens that the `logprobs` of a choice, or of a piece of it, list: a chat's
  /// `content[].logprob` with `bytes` or `token`, or the raw `token_logprobs` with `tokens`. False where they
  /// are not what they should be.
  bool read(const json::Value& choice);

  /// Of all tokens.
  [[nodiscard]] double sum() const { return sum_; }

  /// What the policy was not sure of in `text`. None where the tokens do not make up the text. A token that
  /// ends it, or that a stop string cut off, need not be in it; nor blanks at its beginning, which some
  /// servers trim. Tokens that are parts of a character, told as U+FFFD, count where the token before them
  /// ended.
  [[nodiscard]] std::optional<std::vector<domain::Decision>> decisions(std::string_view text) const;

 private:
  struct Token {
    std::size_t end;  ///< in bytes_
    double logprob;
  };

  bool add(const json::Value* logprob, std::string_view bytes);

  std::string bytes_;  ///< of all tokens
  std::vector<Token> tokens_;
  double sum_ = 0;
  bool spelled_ = true;  ///< every token says what it is
};

}  // namespace viltree::http
