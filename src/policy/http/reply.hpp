#pragma once

#include "token_scores.hpp"

#include <viltree/domain/completion.hpp>
#include <viltree/http/options.hpp>
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
  TokenScores scores = {};    ///< of its tokens, where all have one
  std::string thoughts = {};  ///< that the server gives apart from the text, or that were taken out of it
};

/// A choice of which nothing can be used: what became of its text is not known.
struct LostChoice {
  std::uint32_t index = 0;
  std::string why;
};

/// What a reply to a request for completions says. Its choices are judged one by one.
struct ParsedReply {
  std::vector<Choice> choices;   ///< by index, which is below what was asked for
  std::vector<LostChoice> lost;  ///< likewise, and none of `choices`; of both together there is at least one
  domain::Usage usage;
  std::uint64_t unasked = 0;  ///< choices beyond what was asked for: left out, but the usage may have them
};

/// Why a reply has no completions.
struct ReplyDefect {
  enum class Kind {
    kGarbage,         ///< no JSON, no choices: another attempt may do better
    kServerError,     ///< an error that came with the status of a success, or within a stream
    kSplitReasoning,  ///< the server takes part of the model's text out of the reply
    kOpenedThoughts,  ///< the chat template begins thoughts that are part of the text
    kOtherPrefix,     ///< a text does not begin with the prefix that this kind of server repeats
  };
  Kind kind = Kind::kGarbage;
  std::string what;  ///< of kServerError the body or event, as it came
  long status = 0;   ///< of kServerError, where it names one (400 to 599); else 0
};

using ReplyResult = tl::expected<ParsedReply, ReplyDefect>;

[[nodiscard]] tl::unexpected<ReplyDefect> garbage_reply(std::string what);

/// Reads the body of a whole reply, of chat completions or raw ones, to a request for `asked` choices. The
/// body is not trusted.
///
/// A choice that ended is a completion, an empty one where it has no content: choice.hpp says what counts as
/// an end. One of which it is not known what became of the text is lost, the others are kept. A choice's
/// tokens are the usage's where one was asked for, else as many as its `token_ids` where the server lists
/// them, else unknown. Choices whose index is not below `asked` are left out; where all have the same index
/// they are told apart by their places, and of two that are the same in all one is left.
/// Thoughts that are not in the text are a defect of the reply where they should be.
[[nodiscard]] ReplyResult parse_reply(const std::string& body, std::uint32_t asked,
                                      Thinking thinking = Thinking::kText);

/// Takes the prefix off the texts of a server that repeats it. An empty text stays so.
[[nodiscard]] ReplyResult without_prefix(ParsedReply reply, std::string_view prefix);

/// Ends every text before the first of the stop strings in it: most servers do so themselves, and the rest
/// shall give the same.
void cut_at_stop(ParsedReply& reply, const std::vector<std::string>& stop);

/// Says of every completion what the policy was not sure of, where its tokens' scores tell it. After the
/// texts are what they will be.
void note_decisions(ParsedReply& reply);

// Shared with the reading of streams.

/// Why a choice with such a text is lost.
[[nodiscard]] std::string too_long();
[[nodiscard]] ReplyDefect split_reasoning();
/// The error that a reply, or an event of a stream, has instead of choices; none where it has none.
[[nodiscard]] std::optional<ReplyDefect> server_error_of(const json::Value& document, std::string_view text);
/// What the reply's `usage` says, not trusted: a count of 2^32 or more is unknown. The cached tokens are at
/// most the prompt's, and unknown where these are.
[[nodiscard]] domain::Usage usage_of(const json::Value& reply);
/// Sorts, drops what is there twice or, counting it, was not asked for, and gives a choice that came alone
/// the usage's tokens.
[[nodiscard]] ReplyResult complete_reply(ParsedReply reply, std::uint32_t asked);

}  // namespace viltree::http
