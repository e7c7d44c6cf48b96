#include "extract.hpp"
#include "rule.hpp"
#include "scan.hpp"

#include <viltree/checker/checker.hpp>

#include <cmath>
#include <utility>

namespace viltree::checker {

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

Checker::Checker(std::unique_ptr<const Rule> rule, std::unique_ptr<const Rule> words,
                 std::vector<Mark> extract)
    : rule_(std::move(rule)), words_(std::move(words)), extract_(std::move(extract)) {}
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;
Checker::~Checker() = default;

core::Result<Checker> Checker::make(const domain::Problem& problem, const CheckOptions& options) {
  if (auto usable = check_options(options); !usable) return tl::unexpected(usable.error());
  auto rule = rule_for(problem, options);
  auto words = problem.answer_kind == AnswerKind::kJudge ? any_words_rule(problem) : nullptr;
  if (!rule && !words) return tl::unexpected(refusal(problem));
  return Checker(std::move(rule), std::move(words), options.extract);
}

Check Checker::check(std::string_view solution) const {
  if (!words_) return extract(*rule_, solution, extract_);
  if (rule_) {
    Check check = extract(*rule_, solution, extract_);
    if (check.decided && check.verdict != domain::Verdict::kUnparsed) return check;
  }
  return extract(*words_, solution, extract_);
}

domain::Verdict Checker::compare(std::string_view answer) const {
  if (answer.empty() || answer.size() > kLongestAnswer) return domain::Verdict::kUnparsed;
  for (const Rule* rule : {rule_.get(), words_.get()}) {
    const auto reading = rule == nullptr ? std::nullopt : rule->read(answer, Mark::kBox);
    if (reading && reading->right) return domain::Verdict::kRight;
    if (reading && reading->decided) return domain::Verdict::kWrong;
  }
  return domain::Verdict::kUnparsed;
}

Check check(const Checker* checker, std::string_view solution, domain::FinishReason finish) {
  if (finish == domain::FinishReason::kLength)
    return {domain::Verdict::kTruncated, std::nullopt, std::nullopt};
  if (finish == domain::FinishReason::kFilter)
    return {domain::Verdict::kFiltered, std::nullopt, std::nullopt};
  if (finish == domain::FinishReason::kLost) return {domain::Verdict::kFailed, std::nullopt, std::nullopt};
  return checker == nullptr ? Check{} : checker->check(solution);
}

Check check(const domain::Problem& problem, std::string_view solution, domain::FinishReason finish) {
  const auto checker = Checker::make(problem);
  return check(checker ? &*checker : nullptr, solution, finish);
}

core::Status check_reference(const domain::Problem& problem) {
  const auto checker = Checker::make(problem);
  if (!checker) return tl::unexpected(checker.error());
  return {};
}

}  // namespace viltree::checker
