#include "oddities.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>
#include <viltree/core/text.hpp>
#include <viltree/policy/reprompt.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace viltree::simulated {

namespace {

constexpr std::uint64_t kSalt = 0x0DD;  // so that other draws from the same seed say nothing of it

constexpr std::array<std::pair<std::string_view, ChoiceOddity>, 13> kOfChoices = {{
    {"null", ChoiceOddity::kNull},
    {"null-length", ChoiceOddity::kNullLength},
    {"tool-call", ChoiceOddity::kToolCall},
    {"refusal", ChoiceOddity::kRefusal},
    {"abort", ChoiceOddity::kAbort},
    {"no-word", ChoiceOddity::kNoWord},
    {"unclosed", ChoiceOddity::kUnclosed},
    {"tags", ChoiceOddity::kTags},
    {"preamble", ChoiceOddity::kPreamble},
    {"restated", ChoiceOddity::kRestated},
    {"restated-step", ChoiceOddity::kRestatedStep},
    {"restarted", ChoiceOddity::kRestarted},
    {"only-restated", ChoiceOddity::kOnlyRestated},
}};

constexpr std::array<std::pair<std::string_view, bool ReplyForm::*>, 12> kReplyForms = {{
    {"parts", &ReplyForm::parts},
    {"same-index", &ReplyForm::same_index},
    {"capitals", &ReplyForm::capitals},
    {"keep-alive", &ReplyForm::keep_alives},
    {"finish-twice", &ReplyForm::finish_twice},
    {"one-end", &ReplyForm::one_end},
    {"no-done", &ReplyForm::no_done},
    {"ignores-limit", &ReplyForm::ignores_limit},
    {"usage-of-one", &ReplyForm::usage_of_one},
    {"thinking", &ReplyForm::thinking},
    {"thinking-opened", &ReplyForm::thinking_opened},
    {"thinking-apart", &ReplyForm::thinking_apart},
}};

auto wrong_part(std::string_view text, const std::string& what) {
  return core::fail(core::ErrorKind::kInvalidInput, "oddities: \"" + std::string(text) + "\": " + what);
}

std::string names() {
  std::string names;
  for (const auto& [name, kind] : kOfChoices) names += std::string(name) + ":SHARE, ";
  for (const auto& [name, form] : kReplyForms) names += std::string(name) + ", ";
  return names.substr(0, names.size() - 2);
}

std::optional<double> share_of(std::string_view text) {
  double share = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (error != std::errc{} || end != text.data() + text.size() || !(share >= 0 && share <= 1))
    return std::nullopt;
  return share;
}

/// No text, although the tokens were generated.
void take_content(Choice& choice) {
  choice.text.clear();
  choice.logprobs.clear();
  choice.content_null = true;
}

void put_before(std::string_view words, Choice& choice) {
  choice.text.insert(0, words);
  if (choice.logprobs.empty()) return;
  const auto tokens = certain_tokens(words);
  choice.logprobs.insert(choice.logprobs.begin(), tokens.begin(), tokens.end());
}

void put_behind(std::string_view words, Choice& choice) {
  choice.text += words;
  if (choice.logprobs.empty()) return;
  const auto tokens = certain_tokens(words);
  choice.logprobs.insert(choice.logprobs.end(), tokens.begin(), tokens.end());
}

std::string_view last_step(std::string_view text) {
  constexpr std::string_view kParagraph = "\n\n";
  const std::size_t begin = text.substr(0, core::trim(text).size()).rfind(kParagraph);
  return begin == std::string_view::npos ? text : text.substr(begin + kParagraph.size());
}

void restate(ChoiceOddity kind, std::string_view shown, Choice& choice) {
  const std::string_view open = policy::kRepromptHead.substr(policy::kRepromptHead.rfind('<'));
  switch (kind) {
    case ChoiceOddity::kTags:
      put_before(open, choice);
      return put_behind("\n" + std::string(policy::kRepromptTail), choice);
    case ChoiceOddity::kPreamble:
      return put_before("Sure, here is the continuation:\n\n", choice);
    case ChoiceOddity::kRestated:
      return put_before(shown, choice);
    case ChoiceOddity::kRestatedStep:
      return put_before("**" + std::string(core::trim(last_step(shown))) + "**\n\n", choice);
    case ChoiceOddity::kRestarted:
      return put_before("I write it again from the start.\n\n" + std::string(shown), choice);
    default:
      choice.text.clear();
      choice.logprobs.clear();
      return put_before(shown, choice);
  }
}

/// The limit of tokens comes before the end of the thoughts.
void leave_thoughts_open(Choice& choice) {
  const std::size_t end = choice.text.find("\n</think>");
  if (end == std::string::npos && choice.thoughts.empty()) return;
  choice.finish = domain::FinishReason::kLength;
  if (!choice.thoughts.empty()) return take_content(choice);
  choice.text.resize(end);
  std::size_t bytes = 0;
  const auto is_beyond = [&](const TokenLogprob& token) { return (bytes += token.token.size()) > end; };
  choice.logprobs.erase(std::find_if(choice.logprobs.begin(), choice.logprobs.end(), is_beyond),
                        choice.logprobs.end());
}

void make_odd(ChoiceOddity kind, std::string_view shown, Choice& choice) {
  switch (kind) {
    case ChoiceOddity::kNull:
      choice.finish = domain::FinishReason::kStop;
      return take_content(choice);
    case ChoiceOddity::kNullLength:
      choice.finish = domain::FinishReason::kLength;
      return take_content(choice);
    case ChoiceOddity::kToolCall:
      choice.finish_word = "tool_calls";
      choice.beside["tool_calls"] = {{{"index", 0},
                                      {"id", "call-1"},
                                      {"type", "function"},
                                      {"function", {{"name", "f"}, {"arguments", "{}"}}}}};
      return take_content(choice);
    case ChoiceOddity::kRefusal:
      choice.beside["refusal"] = "I would rather not.";
      return take_content(choice);
    case ChoiceOddity::kAbort:
      choice.finish_word = "abort";
      return;
    case ChoiceOddity::kNoWord:
      choice.finish.reset();
      return;
    case ChoiceOddity::kUnclosed:
      return leave_thoughts_open(choice);
    default:
      if (!shown.empty()) restate(kind, shown, choice);
  }
}

}  // namespace

core::Result<Oddities> Oddities::parse(std::string_view specification) {
  Oddities oddities;
  double sum = 0;
  while (!specification.empty()) {
    const std::size_t end = specification.find(',');
    const std::string_view part = specification.substr(0, end);
    specification.remove_prefix(end == std::string_view::npos ? specification.size() : end + 1);
    const std::string_view name = part.substr(0, part.find(':'));
    const auto is_it = [name](const auto& one) { return one.first == name; };
    if (const auto form = std::find_if(kReplyForms.begin(), kReplyForms.end(), is_it);
        form != kReplyForms.end() && name == part) {
      oddities.form_.*(form->second) = true;
      continue;
    }
    const auto kind = std::find_if(kOfChoices.begin(), kOfChoices.end(), is_it);
    const auto share = name == part ? std::nullopt : share_of(part.substr(name.size() + 1));
    if (kind == kOfChoices.end() || !share) return wrong_part(part, "there are " + names());
    oddities.of_choices_.push_back({kind->second, *share});
    sum += *share;
  }
  if (sum > 1 + 1e-9)
    return core::fail(core::ErrorKind::kInvalidInput, "oddities: the shares sum to more than 1");
  return oddities;
}

void Oddities::change(std::uint64_t seed, std::string_view shown, Choice& choice) const {
  double left = core::Random(core::mix64(kSalt, seed)).uniform();
  for (const Share& one : of_choices_) {
    left -= one.share;
    if (left < 0) return make_odd(one.kind, shown, choice);
  }
}

}  // namespace viltree::simulated
