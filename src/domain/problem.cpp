#include <viltree/core/hash.hpp>
#include <viltree/domain/problem.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace viltree::domain {

namespace {
constexpr std::array<std::pair<AnswerKind, std::string_view>, 10> kAnswerKindNames = {{
    {AnswerKind::kAuto, "auto"},
    {AnswerKind::kNumber, "number"},
    {AnswerKind::kChoice, "choice"},
    {AnswerKind::kExact, "exact"},
    {AnswerKind::kMath, "math"},
    {AnswerKind::kList, "list"},
    {AnswerKind::kJudge, "judge"},
    {AnswerKind::kText, "text"},
    {AnswerKind::kDate, "date"},
    {AnswerKind::kAnls, "anls"},
}};
}

std::string_view name(AnswerKind kind) {
  return kAnswerKindNames[static_cast<std::size_t>(kind)].second;
}

std::optional<AnswerKind> answer_kind_from(std::string_view name) {
  for (const auto& [kind, text] : kAnswerKindNames) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

std::string choice_lines(const Problem& problem) {
  constexpr std::size_t kLetters = 26;
  std::string lines;
  for (std::size_t i = 0; i < std::min(problem.choices.size(), kLetters); ++i) {
    if (i > 0) lines += '\n';
    lines += static_cast<char>('A' + i);
    lines += ". " + problem.choices[i];
  }
  return lines;
}

std::string fingerprint(const Problem& problem) {
  std::string all;
  const auto add = [&all](std::string_view part) {
    all += std::to_string(part.size());
    all += ':';
    all += part;
  };
  add(problem.id);
  add(problem.question);
  add(problem.answer);
  add(name(problem.answer_kind));
  for (const auto& choice : problem.choices) add(choice);
  add("");
  for (const auto& image : problem.images) add(image.sha256);
  return core::hex64(core::hash64(all));
}

}  // namespace viltree::domain
