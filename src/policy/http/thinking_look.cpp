#include "thinking_look.hpp"

#include <viltree/core/text.hpp>
#include <viltree/core/thoughts.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace viltree::http {

using core::ErrorKind;

namespace {

using Cause = std::optional<std::string>;
using FindingKind = policy::Finding::Kind;
using Heat = Inquiry::Heat;

constexpr std::string_view kGreater = "Which number is greater, 3 or 5? Answer with the number alone.";
constexpr std::uint32_t kMostThoughts = 256;  // tokens, of which who does not think uses next to none
constexpr std::string_view kThought = "<think>\nThe list goes on by one from number to number.\n</think>\n\n";
constexpr std::int64_t kTokensOfThought = 6;                          // that it has at least
constexpr std::string_view kListed = "1, 2, 3, 4, 5, 6, 7, 8, 9, 1";  // then 0, and so on
constexpr std::uint32_t kTokensListed = 10;

bool is_listed_on(const std::string& text) {
  return text.starts_with('0') || text.starts_with(kListed);
}

/// What shows that a server does not go on behind thoughts as it does without.
Cause why_not_behind_thoughts(const Told& bare, const Told& whole) {
  const auto& without = bare.reply.usage.prompt_tokens;
  const auto& with = whole.reply.usage.prompt_tokens;
  if (without && with &&
      static_cast<std::int64_t>(*with) - static_cast<std::int64_t>(*without) < kTokensOfThought)
    return "its chat template takes thoughts out of a prefix";
  if (!is_listed_on(bare.text()) || is_listed_on(whole.text()) || whole.text().starts_with(kThought))
    return {};
  return "behind thoughts it does not go on from the last byte of a prefix: after \"… 8, 9, 1\" came \"" +
         core::printable(whole.text().substr(0, 40)) + "\"";
}

/// Why prefixes with thoughts cannot be gone on from; none where nothing shows that.
core::Result<Cause> why_no_thoughts(Inquiry& inquiry) {
  const Continuation continuation = inquiry.setup().writer.options().continuation;
  if (continuation == Continuation::kReprompt)
    return Cause(
        "being asked to go on from thoughts (policy.continuation: reprompt) it would think anew (a run that "
        "was begun all the same goes on with policy.probe: false)");
  if (continuation == Continuation::kRaw) return Cause();
  if (inquiry.setup().opens_thoughts)
    return Cause("its chat template opens the thoughts, which it does not where it goes on from a prefix");
  const std::string closed = std::string(kThought) + std::string(kListed);
  const std::string_view open = kThought.substr(0, kThought.find("\n</"));
  const auto bare =
      inquiry.ask({.user = kCount, .prefix = kListed, .max_tokens = kTokensListed}, Heat::kCold);
  const auto whole =
      inquiry.ask({.user = kCount, .prefix = closed, .max_tokens = kTokensListed}, Heat::kCold);
  const auto within = inquiry.ask({.user = kCount, .prefix = open}, Heat::kCold);
  for (const auto* told : {&bare, &whole, &within}) {
    if (!*told) return core::fail((*told).error());
    if ((*told)->refusal) return Cause("a prefix with thoughts is refused (" + *(*told)->refusal + ")");
  }
  return why_not_behind_thoughts(*bare, *whole);
}

/// Thoughts that are part of a solution must be gone on from like the rest of it.
core::Status look_at_thoughts_as_text(Inquiry& inquiry) {
  const auto why = why_no_thoughts(inquiry);
  if (!why) return core::fail(why.error());
  if (*why) {
    return inquiry.corrupts("thinking",
                            "the model thinks in its text, and " + **why +
                                ". Set policy.thinking to drop, by which thoughts are no part of a "
                                "solution, or switch thinking off (" +
                                std::string(kNoThinking) + ")");
  }
  inquiry.find(FindingKind::kCosts, "thinking",
               "the model thinks in its text: its thoughts are the first steps of a solution "
               "(policy.thinking: text)");
  return {};
}

/// What there is to say of a model whose thoughts are no part of the text.
std::string of_other_thoughts(const Told& told, bool within, bool drops) {
  if (within || !told.thoughts().empty())
    return "the model thinks before its solution, " +
           std::string(within ? "in the text" : "apart from the text") +
           ": its thoughts are paid for and dropped, and a step is gone on from without them";
  if (told.reply.usage.reasoning_tokens.value_or(0) > 0)
    return "the model thinks, and the server keeps its thoughts: they are paid for";
  if (drops && told.reply.choices.front().completion.finish == domain::FinishReason::kLength)
    return "asked for one number it wrote " + std::to_string(kMostThoughts) +
           " tokens and no end of thoughts: a text without such an end will be taken for a solution";
  return {};
}

}  // namespace

core::Status look_at_thinking(Inquiry& inquiry) {
  const auto told = inquiry.ask({.user = kGreater, .max_tokens = kMostThoughts}, Heat::kOfTheRun);
  if (!told && told.error().kind != ErrorKind::kTransient) return core::fail(told.error());
  LaneSetup& setup = inquiry.setup();
  const bool drops = setup.writer.options().thinking == Thinking::kDrop;
  if (!told || told->refusal) {
    const std::string why = told ? *told->refusal : told.error().message;
    if (drops) inquiry.find(FindingKind::kCosts, "thinking", "not found out: " + why);
    return {};
  }
  const bool ends = core::behind_thoughts(told->text()) > 0;
  const bool begins = core::opens_thoughts(told->text());
  setup.opens_thoughts = ends && !begins;
  if ((ends || begins) && !drops) return look_at_thoughts_as_text(inquiry);
  if (auto said = of_other_thoughts(*told, ends || begins, drops); !said.empty())
    inquiry.find(FindingKind::kCosts, "thinking", std::move(said));
  return {};
}

}  // namespace viltree::http
