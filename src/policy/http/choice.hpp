#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

/// What one choice of a reply says, or one piece of it in a stream. Nothing of it is trusted.

/// How the choice ended. Servers and proxies write the words of several families of models, in capitals or
/// not: what ended by itself or at a stop string, at a limit, or was withheld by a filter or made into the
/// call of a tool. None where it does not say, and of other words ("abort", "error"): then it is not known
/// what became of the text.
[[nodiscard]] std::optional<domain::FinishReason> finish_reason_of(const json::Value& choice);

/// The text of a `content` or `text`: a string, the texts of a list of parts without those that are thoughts,
/// or "" of null and of none (a model may end before its first word). None of anything else.
[[nodiscard]] std::optional<std::string> text_of_content(const json::Value* content);

/// Whether a message, or its delta, has words of the model beside the text: a call of a tool, or a refusal.
[[nodiscard]] bool has_withheld(const json::Value& message);

/// What it has of the model's thoughts beside the text; empty: none.
[[nodiscard]] std::string thoughts_of(const json::Value& message);

/// The index, or `otherwise` where it has none that is a number.
[[nodiscard]] std::uint32_t index_of(const json::Value& choice, std::uint32_t otherwise);

/// How many tokens the choice, or its delta, lists; none where it lists none.
[[nodiscard]] std::optional<std::uint32_t> token_ids_of(const json::Value& choice);

/// Whether a piece of a stream ends its choice: until then it has no finish_reason, or null in some form.
[[nodiscard]] bool tells_end(const json::Value& piece);

/// The word that finish_reason_of() does not know, for people.
[[nodiscard]] std::string unknown_ending(const json::Value& choice);

}  // namespace viltree::http
