#include "benches.hpp"
#include "workbench.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <time.h>

namespace viltree::bench {

namespace {

using domain::AnswerKind;

constexpr std::size_t kResponseBytes = 2048;
constexpr std::size_t kHostileBytes = std::size_t{64} << 10U;
constexpr int kResponses = 50;  // to one problem

/// One problem and responses to it, half of them right.
struct Work {
  domain::Problem problem;
  std::vector<std::string> responses;
};

/// "%" stands for the answer.
constexpr std::array<std::string_view, 10> kEndings = {
    "So the result is $\\boxed{%}$.",
    "Therefore $$\\boxed{\\text{%}}$$\n\nLet me know whether this helps!",
    "#### %",
    "The answer is %.",
    "**Answer: %**",
    "Hence we get **%** in all.",
    "<answer>%</answer>",
    "\xE7\xAD\x94\xE6\xA1\x88\xE6\x98\xAF %\xE3\x80\x82",
    "### Final Answer\n\n%",
    "The final answer would be: $%$, because nothing else fits."};

std::string worked_steps(core::Random& random) {
  constexpr std::array<std::string_view, 12> kWords = {"the",    "square",   "has", "a side of",
                                                       "so",     "its area", "is",  "then",
                                                       "we add", "circle",   "and", "total"};
  std::string text;
  while (text.size() < kResponseBytes) {
    for (int i = 0; i < 12; ++i) {
      text += kWords[static_cast<std::size_t>(random.between(0, kWords.size() - 1))];
      text += ' ';
    }
    const std::int64_t a = random.between(1, 99);
    const std::int64_t b = random.between(1, 99);
    text += "$" + std::to_string(a) + " \\times " + std::to_string(b) + " = " + std::to_string(a * b) +
            "$ (**step**).\n" + (random.between(0, 3) == 0 ? "\n" : "");
  }
  return text;
}

std::string response(core::Random& random, std::string_view answer) {
  const std::string_view ending = kEndings[static_cast<std::size_t>(random.between(0, kEndings.size() - 1))];
  const std::size_t place = ending.find('%');
  return worked_steps(random) + "\n" + std::string(ending.substr(0, place)) + std::string(answer) +
         std::string(ending.substr(place + 1));
}

std::string answer_of(AnswerKind kind, core::Random& random) {
  constexpr std::array<std::string_view, 4> kTexts = {"dark blue", "Paris", "the left one", "x^2 + 1"};
  constexpr std::array<std::string_view, 4> kLetters = {"A", "(B)", "C.", "D"};
  const auto pick = static_cast<std::size_t>(random.between(0, 3));
  if (kind == AnswerKind::kChoice) return std::string(kLetters[pick]);
  if (kind == AnswerKind::kExact || kind == AnswerKind::kText) return std::string(kTexts[pick]);
  const std::int64_t number = random.between(1, 99'999);
  const std::string digits = std::to_string(number);
  if (kind == AnswerKind::kList) return digits + ", " + std::string(kTexts[pick]) + ", 3";
  if (kind == AnswerKind::kMath) {
    const std::array<std::string, 4> forms = {digits + "\\sqrt{2}", "x^2 - " + digits + "x + 1",
                                              "(-\\infty, " + digits + "]", "\\frac{" + digits + "\\pi}{4}"};
    return forms[pick];
  }
  if (pick == 0) return "\\frac{" + std::to_string(number) + "}{7}";
  return pick == 1 ? "-" + std::to_string(number) + ".5" : std::to_string(number);
}

std::vector<Work> make_work(AnswerKind kind, const Options& options) {
  core::Random random(options.seed);
  std::vector<Work> all(options.problems);
  for (Work& work : all) {
    work.problem.answer_kind = kind;
    work.problem.answer = answer_of(kind, random);
    if (kind == AnswerKind::kChoice) work.problem.choices = {"10", "$\\frac{1}{2}$", "the red one", "40 cm"};
    for (int i = 0; i < kResponses; ++i)
      work.responses.push_back(
          response(random, i % 2 == 0 ? std::string(work.problem.answer) : answer_of(kind, random)));
  }
  return all;
}

checker::Checker checker_of(const domain::Problem& problem) {
  return core::value_or_fatal(checker::Checker::make(problem), core::ExitCode::kUsage);
}

/// Processor time of this thread, so that what else runs on the machine does not count.
double microseconds_used() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Figures {
  std::uint64_t responses = 0;
  std::uint64_t found = 0;
  double slowest = 0;  ///< microseconds
  double all = 0;      ///< microseconds
};

Figures measure(const std::vector<Work>& all) {
  Figures figures;
  for (const Work& work : all) {
    const auto begin = microseconds_used();
    const checker::Checker checker = checker_of(work.problem);
    auto before = microseconds_used();
    figures.all += before - begin;
    for (const std::string& one : work.responses) {
      figures.found += checker.check(one).answer ? 1 : 0;
      const auto now = microseconds_used();
      figures.slowest = std::max(figures.slowest, now - before);
      figures.all += now - before;
      before = now;
      ++figures.responses;
    }
  }
  return figures;
}

void print_kind(std::ostream& out, AnswerKind kind, const Options& options) {
  const Figures figures = measure(make_work(kind, options));
  const std::string name(domain::name(kind));
  print(out, name + ": responses of 2 KB", static_cast<double>(figures.responses) / figures.all * 1e6,
        "responses/s and core");
  print(out, name + ": an answer found",
        100.0 * static_cast<double>(figures.found) / static_cast<double>(figures.responses), "%");
  print(out, name + ": the slowest", figures.slowest, "us");
}

/// Texts that are made to be slow.
std::string repeated(std::string_view piece) {
  std::string text = "The answer is ";
  while (text.size() < kHostileBytes) text += piece;
  return text;
}

void print_hostile(std::ostream& out) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kPieces = {{
      {"nested boxes", "\\boxed{"},
      {"boxes", "\\boxed{1}, "},
      {"bare boxes", "\\boxed5 "},
      {"\"the answer is\"", "the answer is "},
      {"\"answer:\" and nothing", "answer:\n"},
      {"hashes", "\n####"},
      {"stars", "*"},
      {"bold spans", "**2** "},
      {"tags", "<answer>"},
      {"braces", "{"},
      {"parentheses", "(B) "},
      {"digits", "7"},
  }};
  for (const auto& [name, piece] : kPieces) {
    const std::string text = repeated(piece);
    double slowest = 0;
    for (const AnswerKind kind : {AnswerKind::kNumber, AnswerKind::kChoice, AnswerKind::kExact}) {
      domain::Problem problem;
      problem.answer_kind = kind;
      problem.answer = kind == AnswerKind::kNumber ? "7" : "B";
      const checker::Checker checker = checker_of(problem);
      const auto begin = microseconds_used();
      static_cast<void>(checker.check(text));
      slowest = std::max(slowest, microseconds_used() - begin);
    }
    print(out, "64 KB of " + std::string(name), slowest, "us");
  }
}

}  // namespace

void run_check(const Options& options, std::ostream& out) {
  out << "check: " << options.problems << " problems with " << kResponses << " responses each, seed "
      << options.seed << ", one core\n";
  for (const AnswerKind kind : {AnswerKind::kNumber, AnswerKind::kChoice, AnswerKind::kExact,
                                AnswerKind::kText, AnswerKind::kMath, AnswerKind::kList})
    print_kind(out, kind, options);
  print_hostile(out);
}

}  // namespace viltree::bench
