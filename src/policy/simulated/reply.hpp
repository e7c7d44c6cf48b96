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
  std::optional<std::uint64_t> cached_tokens;  ///< none: there is no cache
  bool logprobs = false;
  bool token_ids = false;
  bool stream_usage = false;
};

using OrderedJson = nlohmann::ordered_json;

/// Text that stands for bytes which are no UTF-8, until the body is written.
inline constexpr std::string_view kBrokenTextMark = "\xEE\x83\xB0";

/// As text; ill-formed UTF-8 is replaced, and then kBrokenTextMark by bytes that are no UTF-8.
[[nodiscard]] std::string dump(const OrderedJson& json);

/// The body of a reply that is not streamed.
[[nodiscard]] std::string render(const Reply& reply, const Dialect& dialect);

/// The members that all chunks and bodies begin with.
[[nodiscard]] OrderedJson render_head(const Reply& reply, const Dialect& dialect, bool chunk);
[[nodiscard]] OrderedJson render_usage(const Reply& reply, const Dialect& dialect);
/// Of tokens `from` to `to`; null where none were asked for.
[[nodiscard]] OrderedJson render_logprobs(const Reply& reply, const Choice& choice, std::size_t from,
                                          std::size_t to);

}  // namespace viltree::simulated
