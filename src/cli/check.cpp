#include "commands.hpp"

#include <viltree/checker_lines/check_lines.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/storage/file_system.hpp>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace viltree::cli {

namespace {

using core::ExitCode;
using core::FatalError;
using core::value_or_fatal;

struct CheckArguments {
  std::string file;
  std::string out;
  std::string gold;
  std::string answer;
  std::string type = std::string(domain::name(checker_lines::Options{}.kind));
  std::string question;
  std::vector<std::string> choices;
  std::vector<std::string> extract;
  checker_lines::Options options;
  bool json = false;
};

checker_lines::Options options_of(const CheckArguments& arguments) {
  checker_lines::Options options = arguments.options;
  const auto kind = domain::answer_kind_from(arguments.type);
  if (!kind) throw FatalError(ExitCode::kUsage, "--type: there is no '" + arguments.type + "'");
  value_or_fatal(checker::check_kind(*kind), ExitCode::kUsage);
  options.kind = *kind;
  if (!arguments.extract.empty()) options.check.extract.clear();
  for (const std::string& name : arguments.extract)
    options.check.extract.push_back(checker::mark_from(name).value());  // --extract was checked
  return options;
}

void print_for_people(const checker::Check& check) {
  std::cout << domain::name(check.verdict) << "\n";
  if (!check.answer || !check.where) return;
  std::cout << "answer: " << core::printable(*check.answer) << "\n"
            << "rule:   " << checker::name(check.where->mark) << ", byte " << check.where->begin << ", "
            << check.where->bytes << " bytes\n";
}

void check_one(const CheckArguments& arguments) {
  const checker_lines::Options options = options_of(arguments);
  domain::Problem problem;
  problem.answer = arguments.gold;
  problem.answer_kind = options.kind;
  problem.choices = arguments.choices;
  problem.question = arguments.question;
  const auto checker = value_or_fatal(checker::Checker::make(problem, options.check), ExitCode::kUsage);
  const checker::Check check = checker.check(arguments.answer);
  if (arguments.json) {
    std::cout << checker_lines::line_of(check) << "\n";
  } else {
    print_for_people(check);
  }
  if (!std::cout.flush()) throw FatalError(ExitCode::kStorage, "cannot write the output");
  if (check.verdict != domain::Verdict::kRight) end_with(ExitCode::kFound);
}

std::unique_ptr<storage::LineSource> open_input(const std::string& file) {
  if (file == "-") return checker_lines::lines_of(std::cin);
  return value_or_fatal(
      storage::open_lines(storage::real_file_system(), file, core::limits::kProblemLineBytes),
      ExitCode::kUsage);
}

checker_lines::Write writer_to(const std::string& out) {
  if (out.empty()) {
    return [](std::string_view lines) -> core::Status {
      std::cout << lines;
      if (std::cout.flush()) return {};
      return core::fail(core::ErrorKind::kPermanent, "cannot write the output");
    };
  }
  const std::shared_ptr<storage::File> file =
      value_or_fatal(storage::real_file_system().open(out, storage::OpenMode::kCreate), ExitCode::kStorage);
  return [file](std::string_view lines) { return file->append(lines); };
}

void print_summary(const checker_lines::Summary& summary) {
  std::string rules;
  for (const auto& [rule, times] : summary.rules)
    rules += (rules.empty() ? "; found by " : ", ") + rule + " " + core::with_thousands(times);
  const auto number = [](std::uint64_t n) { return core::with_thousands(n); };
  std::fprintf(stderr, "%s lines: %s right, %s wrong, %s unparsed, %s bad%s\n",
               number(summary.lines()).c_str(), number(summary.right).c_str(), number(summary.wrong).c_str(),
               number(summary.unparsed).c_str(), number(summary.bad).c_str(), rules.c_str());
}

void check_file(const CheckArguments& arguments) {
  const checker_lines::Options options = options_of(arguments);
  const auto input = open_input(arguments.file);
  const auto complain = [](std::uint64_t line, const std::string& reason) {
    std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(line),
                 core::printable(reason).c_str());
  };
  const checker_lines::Summary summary = value_or_fatal(
      checker_lines::check_lines(*input, options, writer_to(arguments.out), complain), ExitCode::kStorage);
  print_summary(summary);
  if (summary.bad > 0) end_with(ExitCode::kUsage);
}

std::vector<std::string> names_of_rules() {
  return {checker::mark_names().begin(), checker::mark_names().end()};
}

/// Those that are asked where nothing else is said.
std::string usual_rules() {
  std::string names;
  for (const checker::Mark mark : checker::CheckOptions{}.extract)
    names += (names.empty() ? "" : ",") + std::string(checker::name(mark));
  return names;
}

/// What tells the one use of the command from the other.
struct CheckInputs {
  Option file;
  Option gold;
};

CheckInputs add_input_options(Command& command, CheckArguments& arguments) {
  Option file = command.option("FILE", arguments.file,
                               "JSON lines (plain or .zst), - for standard input: gold, response, "
                               "and where wanted type, choices, question, id");
  command.option("--out", arguments.out, "File for the lines of verdicts; default: standard output")
      .needs(file);
  Option gold = command.option("--gold", arguments.gold, "Check one response: the reference answer");
  Option answer = command.option("--answer", arguments.answer, "Check one response: the response");
  gold.needs(answer).excludes(file);
  answer.needs(gold);
  command.option("--question", arguments.question, "With --gold: the problem's text").needs(gold);
  command.option("--choice", arguments.choices, "With --gold: a choice's text, once for each choice")
      .one_at_a_time()
      .needs(gold);
  command.flag("--json", arguments.json, "With --gold: one line of JSON, as for a file").needs(gold);
  command
      .option("--type", arguments.type,
              "How answers are compared, where a line does not say: auto, number, choice, exact, text, "
              "math, list, date or anls")
      .shows_default();
  return {file, gold};
}

void add_rule_options(Command& command, CheckArguments& arguments) {
  checker::CheckOptions& check = arguments.options.check;
  command
      .option("--extract", arguments.extract,
              "Where the answer is looked for, in this order [" + usual_rules() +
                  "]; there is also number: the last one of the text")
      .separated_by(',')
      .one_of(names_of_rules());
  command.option("--absolute-tolerance", check.absolute_tolerance, "Numbers that differ by no more are equal")
      .not_negative()
      .shows_default();
  command
      .option("--relative-tolerance", check.relative_tolerance,
              "And those that differ by no more than this part of the reference")
      .not_negative()
      .shows_default();
  command
      .option("--significant-digits", check.significant_digits,
              "And those that agree once both are rounded to so many significant digits; 0: off")
      .between(0, 30)
      .shows_default();
  command.flag("--ordered", check.ordered, "The order of a list's elements matters");
  command
      .option("--anls-threshold", check.anls_threshold,
              "Type anls: similarity of texts below which an answer is wrong")
      .between(0.0, 1.0)
      .shows_default();
  command.option("--threads", arguments.options.threads, "Threads; 0: one a core")
      .between(0, 1024)
      .shows_default();
}

}  // namespace

void add_check(Command& program) {
  auto arguments = std::make_shared<CheckArguments>();
  Command command = program.command(
      "check",
      "Is a response's final answer right? One (--gold, --answer) or a file of them. Exit codes: for one, 0 "
      "right, 1 anything else; for a file, 0, or 2 where a line could not be checked");
  const CheckInputs inputs = add_input_options(command, *arguments);
  add_rule_options(command, *arguments);
  command.runs([arguments, inputs] {
    if (inputs.gold.was_given()) return check_one(*arguments);
    if (inputs.file.was_given()) return check_file(*arguments);
    throw FatalError(ExitCode::kUsage, "check: name a FILE (- for standard input), or --gold and --answer");
  });
}

}  // namespace viltree::cli
