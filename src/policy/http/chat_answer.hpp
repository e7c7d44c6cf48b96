#pragma once

#include <viltree/domain/completion.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace viltree::http {

/// What a chat completions answer says.
struct ChatAnswer {
  std::vector<domain::Completion> completions;  ///< at least one, at most as many as asked for, by index
  domain::Usage usage;
};

/// Why a body is no such answer.
struct AnswerDefect {
  enum class Kind {
    kGarbage,         ///< no JSON, wrong types, an unfinished choice: another attempt may do better
    kNoChoices,       ///< well-formed, but empty
    kSplitReasoning,  ///< the server takes part of the model's text out of the answer
    kOtherPrefix,     ///< a text does not begin with the prefix that this kind of server repeats
  };
  Kind kind = Kind::kGarbage;
  std::string what;
};

/// Reads the body of an answer to a request for `asked` choices. The body is not trusted.
///
/// A choice must have ended: finish_reason is stop (or eos, eos_token), length or content_filter. Null, a
/// tool call and unknown words are garbage, because what became of the text is not known. A choice's tokens
/// are the usage's where it is the only one, else the choice's own `token_count` where the server has it,
/// else unknown.
[[nodiscard]] tl::expected<ChatAnswer, AnswerDefect> parse_chat_answer(const std::string& body,
                                                                       std::uint32_t asked);

/// Takes the prefix off the texts of a server that repeats it. A text that was withheld may be empty.
[[nodiscard]] tl::expected<ChatAnswer, AnswerDefect> without_prefix(ChatAnswer answer, std::string_view prefix);

}  // namespace viltree::http
