#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::checker {

/// Name and version of the rules, recorded in every row.
inline constexpr std::string_view kChecker = "rules-3";

/// What marks a piece of a solution as its final answer.
enum class Mark : std::uint8_t {
  kBox,        ///< \boxed{…}
  kTag,        ///< <answer>…</answer>
  kHashAtEnd,  ///< "#### …" as the last line
  kHash,       ///< "#### …" earlier: may be a heading
  kPhrase,     ///< "the answer is …"
  kBold,       ///< **…**, or `…` as code, in the last paragraph
  kLastLine,   ///< nothing but its place
  kNumber,     ///< the last number, wherever it stands
};

/// What a rule is called by people and in configurations: box, tag, hash (both of them), phrase, bold, line,
/// number.
[[nodiscard]] std::string_view name(Mark mark);

/// The rule of this name; "hash" is kHash. Nothing for another word.
[[nodiscard]] std::optional<Mark> mark_from(std::string_view name);

/// The names of all rules, in their usual order.
[[nodiscard]] const std::vector<std::string_view>& mark_names();

/// Where answers are looked for unless told otherwise: every rule but `number`, the surest first.
[[nodiscard]] std::vector<Mark> usual_marks();

/// How answers are found and compared.
struct CheckOptions {
  std::vector<Mark> extract = usual_marks();  ///< tried in this order; kHash stands for kHashAtEnd, too
  double absolute_tolerance = 0;              ///< numbers this far apart are equal
  double relative_tolerance = 0;              ///< and numbers apart by this part of the reference
  /// 0: off. Numbers are equal, too, where both agree once each is rounded to so many significant digits (30
  /// at most; ties away from zero, exactly in decimals, also for \sqrt{2}, and for each part of a complex
  /// number). To 3 digits 3.14159 is 3.14, 3.141 and 3.1416, but neither 3.15 nor 3.1; 9.996 is 10.0, 0 only
  /// 0.
  std::uint64_t significant_digits = 0;
  bool ordered = false;         ///< lists: whether the order of the elements matters
  double anls_threshold = 0.5;  ///< similarity of texts, of 1, below which an answer is wrong

  friend bool operator==(const CheckOptions&, const CheckOptions&) = default;
};

/// Where an answer was found: bytes of the solution.
struct Extraction {
  Mark mark = Mark::kBox;
  std::size_t begin = 0;
  std::size_t bytes = 0;
};

/// What is known about one solution.
struct Check {
  domain::Verdict verdict = domain::Verdict::kUnparsed;
  std::optional<std::string> answer;  ///< the final answer that was found; nothing where `unparsed`
  std::optional<Extraction> where;    ///< there exactly where `answer` is
  /// False where the rules cannot tell, and say `wrong`: a box that holds nothing of the reference's kind, or
  /// words in an answer of kind `judge`.
  bool decided = true;
};

class Rule;

/// kInvalidInput for `judge`, the kind whose answers the rules alone cannot decide.
[[nodiscard]] core::Status check_kind(domain::AnswerKind kind);

/// kInvalidInput where the problem's reference answer cannot be compared by its kind: a number that is none,
/// a choice that is not among the choices, nothing at all. No solution of such a problem could ever be right.
[[nodiscard]] core::Status check_reference(const domain::Problem& problem);

/// The rules for one problem, its reference answer parsed once. An answer of kind `judge` is compared as by
/// `auto`, and what is found in words is not decided. Immutable; one may be used by many threads.
/// It keeps nothing of the problem that it was made from.
class Checker {
 public:
  /// kInvalidInput where the reference cannot be compared by its kind (see check_reference), where no rule to
  /// extract by is given, and where a tolerance or the threshold is not a number in its range.
  [[nodiscard]] static core::Result<Checker> make(const domain::Problem& problem,
                                                  const CheckOptions& options = {});

  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;
  ~Checker();

  /// The verdict on a whole solution: right, wrong, or unparsed where no answer is found. Pure, linear in the
  /// solution's length on any bytes, and throws nothing but std::bad_alloc.
  [[nodiscard]] Check check(std::string_view solution) const;

  /// What the rules say of an answer alone, as if it stood in a box: right, wrong, or unparsed where they
  /// cannot tell.
  [[nodiscard]] domain::Verdict compare(std::string_view answer) const;

 private:
  Checker(std::unique_ptr<const Rule> rule, std::unique_ptr<const Rule> words, std::vector<Mark> extract);

  std::unique_ptr<const Rule> rule_;   ///< may be null beside `words_`
  std::unique_ptr<const Rule> words_;  ///< of kind `judge`, else null: for what the rule cannot tell
  std::vector<Mark> extract_;
};

/// The verdict on a whole solution (prefix and completion together). One that was cut off is `truncated`, one
/// that was withheld `filtered`, whatever it says; one without an answer `unparsed`, and so is every finished
/// one where there is no checker (null).
[[nodiscard]] Check check(const Checker* checker, std::string_view solution, domain::FinishReason finish);

/// The same, without a checker where check_reference() refuses the problem.
[[nodiscard]] Check check(const domain::Problem& problem, std::string_view solution,
                          domain::FinishReason finish);

}  // namespace viltree::checker
