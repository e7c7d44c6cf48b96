#include "judge_trial.hpp"

#include "received.hpp"

#include <viltree/core/text.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace viltree::crawl {

namespace {

using core::ErrorKind;
using domain::Verdict;

constexpr std::chrono::milliseconds kLookEvery{100};
constexpr std::uint64_t kTries = 3;  // chance may spoil one
constexpr std::size_t kShownBytes = 200;
constexpr std::string_view kReference = "blue";

struct ClearAnswer {
  std::string_view answer;
  Verdict verdict;
};
constexpr std::array<ClearAnswer, 2> kAnswers = {{{kReference, Verdict::kRight}, {"red", Verdict::kWrong}}};

domain::Problem clear_problem() {
  domain::Problem problem;
  problem.id = "viltree-judge-trial";
  problem.question = "Which colour has the sky on a clear day?";
  problem.answer = kReference;
  problem.answer_kind = domain::AnswerKind::kJudge;
  return problem;
}

/// None where it was stopped, or is out for longer than the patience.
std::optional<policy::SampleResult> ask(const TrialParts& parts, policy::Sample sample) {
  auto mailbox = std::make_shared<Mailbox>();
  parts.judge.policy().sample(std::move(sample), [mailbox](policy::SampleResult result) {
    mailbox->put({Asked::kJudge, {}, {}, std::move(result)});
  });
  PolicyWatch& watch = parts.judge.watch();
  for (;;) {
    auto letters = mailbox->take(parts.clock, kLookEvery, std::chrono::milliseconds(0), 1);
    if (!letters.empty()) return std::move(letters.front().result);
    parts.teller.tell(watch.look(parts.judge.policy().health()));
    if (parts.stop || watch.beyond_patience()) return std::nullopt;
  }
}

std::string about(const ClearAnswer& clear) {
  return "asked whether the answer \"" + std::string(clear.answer) + "\" is right where the reference is \"" +
         std::string(kReference) + "\", ";
}

std::string why_useless(const ClearAnswer& clear, const domain::Completion& said) {
  const std::string words = "\"" + core::printable(said.text.substr(0, kShownBytes)) + "\"";
  if (said.finish != domain::FinishReason::kStop)
    return about(clear) + "it was cut off after " + words + ": raise judge.max_tokens";
  if (said_by_judge(said) == Verdict::kFailed) {
    return about(clear) + "it said " + words +
           ", which is neither \"Verdict: right\" nor \"Verdict: wrong\": say in judge.prompt.user how its "
           "reply must end, or choose another model";
  }
  return about(clear) + "it said " + words +
         ", which is the contrary of what is so: look at judge.prompt.user, or choose another model";
}

core::Status try_answer(const TrialParts& parts, const ClearAnswer& clear) {
  std::string why;
  for (std::uint64_t seed = 1; seed <= kTries; ++seed) {
    const auto result = ask(parts, parts.judge.question(clear_problem(), std::string(clear.answer), seed));
    if (!result && parts.stop) return core::fail(ErrorKind::kCancelled, "stopped while the judge was tried");
    if (!result) return core::fail(ErrorKind::kTransient, parts.judge.watch().last_words());
    if (!*result)
      return core::fail(ErrorKind::kInvalidInput, about(clear) + "it fails: " + result->error().reason);
    const domain::Completion& said = (*result)->completions.front();
    if (said_by_judge(said) == clear.verdict) return {};
    why = why_useless(clear, said);
  }
  return core::fail(ErrorKind::kInvalidInput, why);
}

}  // namespace

core::Status try_judge(const TrialParts& parts) {
  for (const ClearAnswer& clear : kAnswers) {
    auto tried = try_answer(parts, clear);
    if (tried) continue;
    if (tried.error().kind != ErrorKind::kInvalidInput) return tried;
    return core::fail(ErrorKind::kInvalidInput,
                      "the judge cannot be used: " + tried.error().message +
                          ". Nothing was paid for but this question (policy.probe: false asks none)");
  }
  return {};
}

}  // namespace viltree::crawl
