#pragma once

#include "completion.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

struct Dialect;

/// One choice of a reply, as it is going to be written.
struct Choice {
  std::uint32_t index = 0;
  std::string text;
  std::optional<domain::FinishReason> finish;  ///< always there, unless a fault took it away
  std::uint32_t tokens = 0;                    ///< generated, a stop string included
  std::string stopped_by;                      ///< a stop string; empty: none
  std::vector<TokenLogprob> logprobs;          ///< of the tokens of the text

  // Oddities.
  bool content_null = false;
  std::string thoughts;     ///< apart from the text
  std::string finish_word;  ///< in place of the finish's; empty: none
  nlohmann::ordered_json beside =
      nlohmann::ordered_json::object();  ///< members of the message beside its content
};

/// How replies are written, where that is odd.
struct ReplyForm {
  bool parts = false;          ///< a whole reply's content is a list of parts
  bool same_index = false;     ///< all choices of a whole reply have the index 0
  bool capitals = false;       ///< words for an end are in capitals
  bool keep_alives = false;    ///< before every event of a stream, in all forms by turns
  bool finish_twice = false;   ///< the event with a choice's end comes twice
  bool one_end = false;        ///< a stream tells the end of its first choice alone
  bool no_done = false;        ///< a stream has no [DONE]
  bool ignores_limit = false;  ///< texts go on to their own end
  bool usage_of_one = false;   ///< the usage counts the first choice alone
  // The model thinks before its solution.
  bool thinking = false;         ///< in the text, between marks
  bool thinking_opened = false;  ///< the first of which is the chat template's
  bool thinking_apart = false;   ///< in a member of its own

  [[nodiscard]] bool thinks() const { return thinking || thinking_opened || thinking_apart; }
};

/// What a request gets, before it is given a dialect's form.
struct Reply {
  std::string model;
  std::uint64_t number = 0;  ///< of the request; part of the id
  std::int64_t created = 0;  ///< seconds since 1970
  bool chat = true;
  std::vector<Choice> choices;
  std::string prefix;  ///< that was continued
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;  ///< of all choices
  std::uint64_t first_choice_tokens = 0;
  std::uint64_t reasoning_tokens = 0;          ///< of the completions', those apart from the text
  std::optional<std::uint64_t> cached_tokens;  ///< none: there is no cache
  bool logprobs = false;
  bool token_ids = false;
  bool stream_usage = false;
  ReplyForm form;
};

using OrderedJson = nlohmann::ordered_json;

/// Text that stands for bytes which are no UTF-8, until the body is written.
inline constexpr std::string_view kBrokenTextMark = "\xEE\x83\xB0";

/// As text; ill-formed UTF-8 is replaced, and then kBrokenTextMark by bytes that are no UTF-8.
[[nodiscard]] std::string dump(const OrderedJson& json);

/// The body of a reply that is not streamed.
[[nodiscard]] std::string render(const Reply& reply, const Dialect& dialect);

/// The word for the choice's end; null where a fault took it away.
[[nodiscard]] OrderedJson render_finish(const Reply& reply, const Choice& choice);

/// The members that all chunks and bodies begin with.
[[nodiscard]] OrderedJson render_head(const Reply& reply, const Dialect& dialect, bool chunk);
[[nodiscard]] OrderedJson render_usage(const Reply& reply, const Dialect& dialect);
/// Of tokens `from` to `to`; null where none were asked for.
[[nodiscard]] OrderedJson render_logprobs(const Reply& reply, const Choice& choice, std::size_t from,
                                          std::size_t to);

}  // namespace viltree::simulated
