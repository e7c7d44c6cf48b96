#pragma once

#include "token_scores.hpp"

#include <viltree/domain/completion.hpp>
#include <viltree/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace viltree::http {

struct Choice {
  std::uint32_t index = 0;  ///< which of the siblings asked for
  domain::Completion completion;
  TokenScores scores = {};  ///< of its tokens, where all have one
};

/// What a reply to a request for completions says.
struct ParsedReply {
  std::vector<Choice> choices;  ///< by index; at least one, at most as many as asked for
  domain::Usage usage;
};

/// Why a reply has no completions.
struct ReplyDefect {
  enum class Kind {
    kGarbage,         ///< no JSON, wrong types, an unfinished choice: another attempt may do better
    kSplitReasoning,  ///< the server takes part of the model's text out of the reply
    kOtherPrefix,     ///< a text does not begin with the prefix that this kind of server repeats
  };
  Kind kind = Kind::kGarbage;
  std::string what;
};

using ReplyResult = tl::expected<ParsedReply, ReplyDefect>;

[[nodiscard]] tl::unexpected<ReplyDefect> garbage_reply(std::string what);

/// Reads the body of a whole reply, of chat completions or raw ones, to a request for `asked` choices. The
/// body is not trusted.
///
/// A choice must have ended: finish_reason is stop (or eos, eos_token, stop_sequence), length or
/// content_filter. Null, a tool call and unknown words are garbage, because what became of the text is not
/// known. A choice's tokens are the usage's where one was asked for, else as many as its `token_ids`
/// where the server lists them, else unknown. Choices whose index is not below `asked` are left out.
[[nodiscard]] ReplyResult parse_reply(const std::string& body, std::uint32_t asked);

/// Takes the prefix off the texts of a server that repeats it. A text that was withheld may be empty.
[[nodiscard]] ReplyResult without_prefix(ParsedReply reply, std::string_view prefix);

/// Ends every text before the first of the stop strings in it: most servers do so themselves, and the rest
/// shall give the same.
void cut_at_stop(ParsedReply& reply, const std::vector<std::string>& stop);

/// Says of every completion what the policy was not sure of, where its tokens' scores tell it. After the
/// texts are what they will be.
void note_decisions(ParsedReply& reply);

// Shared with the reading of streams.

[[nodiscard]] std::optional<domain::FinishReason> finish_reason_of(const json::Value& choice);
/// The index, or `otherwise` where it has none; none where it is no number or too large.
[[nodiscard]] std::optional<std::uint32_t> index_of(const json::Value& choice, std::uint32_t otherwise);
/// How many tokens the choice, or its delta, lists; none where it lists none.
[[nodiscard]] std::optional<std::uint32_t> token_ids_of(const json::Value& choice);
[[nodiscard]] bool has_reasoning(const json::Value& message);
[[nodiscard]] ReplyDefect split_reasoning();
/// What the reply's `usage` says, not trusted: a count of 2^32 or more is unknown. The cached tokens are at
/// most the prompt's, and unknown where these are.
[[nodiscard]] domain::Usage usage_of(const json::Value& reply);
/// Sorts, drops what was not asked for, and gives a single choice the usage's tokens.
[[nodiscard]] ReplyResult complete_reply(ParsedReply reply, std::uint32_t asked);

}  // namespace viltree::http
