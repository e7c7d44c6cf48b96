#include "continuation_look.hpp"

#include "dialect.hpp"
#include "thinking_look.hpp"

#include <viltree/core/text.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

using core::ErrorKind;

namespace {

using Found = std::optional<std::string>;
using FindingKind = policy::Finding::Kind;
using Heat = Inquiry::Heat;

constexpr std::string_view kCounted = "1, 2, 3, 4, 5, 6, 7, 8, 9, 1";  // then 0, and so on
constexpr std::string_view kSeven = "seven seven seven seven seven seven seven seven ";
constexpr std::string_view kNoThoughts = "<think>\n\n</think>\n\n";
constexpr std::string_view kManyBlanks = " \n \n \n \n \n ";
constexpr std::uint32_t kTokensAsked = 10;
constexpr std::int64_t kTokensOfTurn = 3;         // that closing a turn and opening another costs, at least
constexpr std::int64_t kTokensOfCertainTurn = 5;  // more than what some templates put before a prefix alone
constexpr std::int64_t kTokensOfSevens = 4;       // that eight more of them are, at least
constexpr Question kToGoOn{.user = kCount, .prefix = kCounted, .max_tokens = kTokensAsked};

/// What shows that a text is no continuation of the list.
struct ClosedTurn {
  bool begins_afresh = false;           ///< as without a prefix
  std::optional<bool> prefix_is_there;  ///< in the prompt, by its tokens; none where they are not counted
  std::int64_t others = 0;              ///< tokens that are there with a prefix, and not the prefix's

  [[nodiscard]] bool shows() const { return begins_afresh || !prefix_is_there || others >= kTokensOfTurn; }
};

std::int64_t prompt_tokens(const Told& told) {
  return static_cast<std::int64_t>(*told.reply.usage.prompt_tokens);
}

/// By a question without a prefix, and with two that differ in length alone; none where one is refused.
core::Result<std::optional<ClosedTurn>> closed_turn(Inquiry& inquiry, const std::string& text) {
  auto fresh = inquiry.ask({.user = kCount, .max_tokens = kTokensAsked}, Heat::kCold);
  auto once = inquiry.ask({.user = kCount, .prefix = kSeven}, Heat::kCold);
  auto twice =
      inquiry.ask({.user = kCount, .prefix = std::string(kSeven) + std::string(kSeven)}, Heat::kCold);
  bool counted = true;
  for (const auto* told : {&fresh, &once, &twice}) {
    if (!*told) return core::fail(told->error());
    if ((*told)->refusal) return std::optional<ClosedTurn>();
    counted = counted && (*told)->reply.usage.prompt_tokens;
  }
  ClosedTurn closed;
  closed.begins_afresh = !text.empty() && fresh->text().starts_with(text.substr(0, 4));
  if (!counted) return std::optional(closed);
  const std::int64_t more = prompt_tokens(*twice) - prompt_tokens(*once);
  closed.prefix_is_there = more >= kTokensOfSevens;
  closed.others = prompt_tokens(*once) - prompt_tokens(*fresh) - more;
  return std::optional(closed);
}

/// Whether a list that was gone on from was guessed by a model that saw it in a turn that is over. Templates
/// that put thoughts without a word before a prefix have as many tokens, and take those of a prefix out.
core::Result<bool> is_guessed(Inquiry& inquiry, const std::optional<ClosedTurn>& closed) {
  if (!closed || !closed->prefix_is_there.value_or(false) || closed->others < kTokensOfCertainTurn)
    return false;
  const std::string thought = std::string(kNoThoughts) + std::string(kSeven);
  const auto once = inquiry.ask({.user = kCount, .prefix = kSeven}, Heat::kCold);
  const auto behind = inquiry.ask({.user = kCount, .prefix = thought}, Heat::kCold);
  for (const auto* told : {&once, &behind}) {
    if (!*told) return core::fail((*told).error());
    if ((*told)->refusal || !(*told)->reply.usage.prompt_tokens) return false;
  }
  return prompt_tokens(*behind) - prompt_tokens(*once) >= kTokensOfTurn;
}

std::string other_dialects(const Dialect& dialect) {
  std::string names;
  for (const Dialect* one : dialects()) {
    if (one != &dialect && one->continuation == Continuation::kMessage)
      names += (names.empty() ? "" : ", ") + std::string(one->name);
  }
  return names;
}

/// What is likely the cause, and what to do.
std::string explained(const ClosedTurn& closed, const Dialect& dialect) {
  std::string text;
  if (closed.begins_afresh) text += "That is how it begins without a prefix. ";
  if (!closed.prefix_is_there) {
    text += "Nothing shows that it saw the prefix. ";
  } else if (*closed.prefix_is_there) {
    text +=
        "The prefix is in its prompt, by the tokens, as a turn that is over: the model's chat template "
        "closes "
        "the assistant's last message and opens another";
    text +=
        (dialect.if_turn_closes.empty() ? std::string() : " (" + std::string(dialect.if_turn_closes) + ")") +
        ". ";
  } else {
    text += "The prefix is not in its prompt, by the tokens. ";
  }
  return text + (closed.prefix_is_there.value_or(false) ? "Else: is" : "Is") + " the dialect right? It is " +
         std::string(dialect.name) +
         "; a server behind a proxy may be of another: " + other_dialects(dialect);
}

/// Why the text cannot be a continuation of the list; none where all is well.
core::Result<Found> why_not_gone_on(Inquiry& inquiry, const std::string& text, bool counted) {
  const LaneSetup& setup = inquiry.setup();
  const bool listed_on = text.starts_with('0');
  core::Result<std::optional<ClosedTurn>> closed;
  if (!listed_on || counted) closed = closed_turn(inquiry, text);
  if (!closed) return core::fail(closed.error());
  if (listed_on) {
    const auto guessed = is_guessed(inquiry, *closed);
    if (!guessed) return core::fail(guessed.error());
    if (*guessed) {
      return Found(
          "it does not go on from the last byte of a prefix, although the model guessed how a list goes "
          "on. " +
          explained(**closed, *setup.writer.options().dialect));
    }
    inquiry.find(FindingKind::kGood, "continuation",
                 "it goes on from the last byte of a prefix" +
                     std::string(setup.repeats_prefix || setup.repeats_prefix_in_streams
                                     ? " (and repeats the prefix, which is taken off)"
                                     : ""));
    return Found();
  }
  if (!*closed || (*closed)->shows()) {
    return Found("it does not go on from the last byte of a prefix: after \"… 8, 9, 1\" came \"" +
                 core::printable(text.substr(0, 40)) + "\". " +
                 (*closed ? explained(**closed, *setup.writer.options().dialect) : std::string()));
  }
  inquiry.find(
      FindingKind::kGood, "continuation",
      "by the tokens of its prompts it goes on from a prefix (asked to count on, the model wrote \"" +
          core::printable(text.substr(0, 20)) + "\")");
  return Found();
}

/// Blanks at the end of a prefix must stay there.
core::Status look_at_trimming(Inquiry& inquiry) {
  auto bare = inquiry.ask({.user = kCount, .prefix = "seven seven"}, Heat::kCold);
  auto blanks =
      inquiry.ask({.user = kCount, .prefix = "seven seven" + std::string(kManyBlanks)}, Heat::kCold);
  for (const auto* told : {&bare, &blanks}) {
    if (!*told) return core::fail(told->error());
    if ((*told)->refusal || !(*told)->reply.usage.prompt_tokens) return {};
  }
  if (prompt_tokens(*blanks) > prompt_tokens(*bare)) return {};
  return inquiry.corrupts(
      "continuation",
      "it trims the blanks at the end of a prefix, so that steps would be joined wrongly: change the model's "
      "chat template, or use raw prompts (dialect tgi or llama-cpp-python, with chat_template)");
}

}  // namespace

core::Status look_at_continuation(Inquiry& inquiry) {
  LaneSetup& setup = inquiry.setup();
  if (setup.writer.options().continuation == Continuation::kReprompt) {
    inquiry.find(FindingKind::kCosts, "continuation",
                 "the model is asked to go on (reprompt): another distribution than a continuation's, which "
                 "every row says");
    return {};
  }
  auto told = inquiry.ask(kToGoOn, Heat::kCold);
  if (!told) return core::fail(told.error());
  if (told->refusal) {
    return inquiry.corrupts("continuation",
                            "it refuses to go on from a prefix (" + *told->refusal +
                                "): the model's chat template must allow a last message of role assistant" +
                                (setup.writer.options().extra.empty() ? "" : ", or it is a key of `extra`"));
  }
  if (told->text().empty() && !told->thoughts().empty()) {
    return inquiry.corrupts(
        "continuation",
        "it takes what goes on from a prefix for thoughts, and out of the text: start it without a reasoning "
        "parser, with which policy.thinking: drop finds thoughts by their marks, or switch thinking off (" +
            std::string(kNoThinking) + ")");
  }
  std::string text = told->text();
  bool& repeats_prefix = told->streamed ? setup.repeats_prefix_in_streams : setup.repeats_prefix;
  repeats_prefix = text.starts_with(kCounted);
  if (repeats_prefix) text.erase(0, kCounted.size());
  auto why = why_not_gone_on(inquiry, text, told->reply.usage.prompt_tokens.has_value());
  if (!why) return core::fail(why.error());
  if (*why) return inquiry.corrupts("continuation", **why);
  return look_at_trimming(inquiry);
}

core::Result<GoesOn> goes_on(Inquiry& inquiry) {
  const auto told = inquiry.ask(kToGoOn, Heat::kCold);
  if (!told && told.error().kind == ErrorKind::kCancelled) return core::fail(told.error());
  if (!told || told->refusal) return GoesOn::kNo;
  std::string_view text = told->text();
  if (text.starts_with(kCounted)) text.remove_prefix(kCounted.size());
  if (!text.starts_with('0')) return GoesOn::kNo;
  if (!told->reply.usage.prompt_tokens) return GoesOn::kPerhaps;
  const auto closed = closed_turn(inquiry, std::string(text));
  if (!closed && closed.error().kind == ErrorKind::kCancelled) return core::fail(closed.error());
  if (!closed || !*closed) return GoesOn::kPerhaps;
  const auto guessed = is_guessed(inquiry, *closed);
  if (!guessed && guessed.error().kind == ErrorKind::kCancelled) return core::fail(guessed.error());
  if (!guessed) return GoesOn::kPerhaps;
  return *guessed ? GoesOn::kNo : GoesOn::kYes;
}

}  // namespace viltree::http
