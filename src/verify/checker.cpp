#include "extract.hpp"
#include "rule.hpp"

#include <viltree/verify/checker.hpp>
#include <viltree/verify/judge.hpp>

#include <cmath>
#include <utility>

namespace viltree::verify {

namespace {

using domain::AnswerKind;

core::Error refusal(const domain::Problem& problem) {
  const std::string what = problem.answer_kind == AnswerKind::kNumber   ? "is no number"
                           : problem.answer_kind == AnswerKind::kChoice ? "is none of the choices"
                           : problem.answer_kind == AnswerKind::kDate   ? "is no date"
                                                                        : "says nothing";
  return {core::ErrorKind::kInvalidInput, "the answer '" + problem.answer.substr(0, 80) + "' " + what};
}

core::Status check_options(const CheckOptions& options) {
  using core::ErrorKind;
  if (options.extract.empty()) return core::fail(ErrorKind::kInvalidInput, "no rule to extract answers by");
  // Written so that a value that is not a number fails, too.
  const auto is_tolerance = [](double value) { return value >= 0 && std::isfinite(value); };
  if (!is_tolerance(options.absolute_tolerance) || !is_tolerance(options.relative_tolerance))
    return core::fail(ErrorKind::kInvalidInput, "a tolerance is a finite number of at least 0");
  if (!(options.anls_threshold >= 0 && options.anls_threshold <= 1))
    return core::fail(ErrorKind::kInvalidInput, "the threshold of similarity is a number from 0 to 1");
  return {};
}

}  // namespace

std::string_view name(Mark mark) {
  switch (mark) {
    case Mark::kBox:
      return "box";
    case Mark::kTag:
      return "tag";
    case Mark::kHashAtEnd:
    case Mark::kHash:
      return "hash";
    case Mark::kPhrase:
      return "phrase";
    case Mark::kBold:
      return "bold";
    case Mark::kLastLine:
      return "line";
    case Mark::kNumber:
      return "number";
  }
  return "?";
}

std::vector<Mark> usual_marks() {
  return {Mark::kBox, Mark::kTag, Mark::kHash, Mark::kPhrase, Mark::kBold, Mark::kLastLine};
}

const std::vector<std::string_view>& mark_names() {
  static const std::vector<std::string_view> names = {"box",  "tag",  "hash",  "phrase",
                                                      "bold", "line", "number"};
  return names;
}

std::optional<Mark> mark_from(std::string_view word) {
  for (const Mark mark :
       {Mark::kBox, Mark::kTag, Mark::kHash, Mark::kPhrase, Mark::kBold, Mark::kLastLine, Mark::kNumber}) {
    if (name(mark) == word) return mark;
  }
  return std::nullopt;
}

Checker::Checker(std::unique_ptr<const Rule> rule, std::vector<Mark> extract)
    : rule_(std::move(rule)), extract_(std::move(extract)) {}
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;
Checker::~Checker() = default;

core::Result<Checker> Checker::make(const domain::Problem& problem, const CheckOptions& options) {
  if (auto kind = check_kind(problem.answer_kind); !kind) return tl::unexpected(kind.error());
  if (auto usable = check_options(options); !usable) return tl::unexpected(usable.error());
  auto rule = rule_for(problem, options);
  if (!rule) return tl::unexpected(refusal(problem));
  return Checker(std::move(rule), options.extract);
}

Check Checker::check(std::string_view solution) const {
  return extract(*rule_, solution, extract_);
}

}  // namespace viltree::verify
