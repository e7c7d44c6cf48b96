#include "commands.hpp"
#include "compose.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/text.hpp>
#include <viltree/export/export.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/labels/modes.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::cli {

namespace {

using core::ExitCode;

struct ExportArguments {
  std::string run;
  std::string format;
  std::string out;
  std::string label;
  std::vector<std::string> overrides;
  std::string judgements;
  std::optional<double> pair_margin;
  std::optional<double> pair_certainty;
  std::optional<std::uint32_t> pairs_per_prefix;
  std::string kernel;
};

constexpr std::string_view kBuiltIn = "built-in";

/// That of the run, unless another one was named.
search::FittedKernel kernel_for(const storage::RunDirectory& run, const std::string& named) {
  if (named.empty()) return value_or_fatal(kernels::of_run(run), ExitCode::kStorage);
  if (named == kBuiltIn) return {};
  return value_or_fatal(kernels::load(run.file_system(), named), ExitCode::kUsage);
}

std::string joined(std::string names, std::string_view name) {
  return std::move(names.append(names.empty() ? "" : ", ").append(name));
}

std::string format_names() {
  std::string names;
  for (const exports::FormatInfo& format : exports::formats()) names = joined(std::move(names), format.name);
  return names;
}

/// "--format pairwise"
std::string formats_with_pairs() {
  std::string names;
  for (const exports::FormatInfo& format : exports::formats()) {
    if (format.has_pairs) names = joined(std::move(names), format.name);
  }
  return "--format " + names;
}

/// "--label consensus"
std::string modes_with_judgements() {
  std::string names;
  for (const labels::ModeInfo* mode : labels::modes()) {
    if (mode->needs_judgements) names = joined(std::move(names), mode->name);
  }
  return "--label " + names;
}

/// The help of an option for pairs.
template <class Number>
std::string of_pairs(const std::string& what, Number usual) {
  std::ostringstream text;
  text << "For " << formats_with_pairs() << ": " << what << " (" << usual << ')';
  return text.str();
}

void print_left_out(const exports::ExportSummary& summary) {
  for (std::size_t i = 0; i < labels::kFilters; ++i) {
    const auto filter = static_cast<labels::Filter>(i);
    const std::uint64_t number = summary.left_out.of(filter);
    if (number > 0)
      std::cout << "  left out: " << core::with_thousands(number) << ' ' << labels::describe(filter) << '\n';
  }
  if (summary.problems_left_out > 0) {
    std::cout << "  left out: all rows of " << core::with_thousands(summary.problems_left_out)
              << " problems\n";
  }
}

bool has_pairs_in(std::string_view name) {
  const auto formats = exports::formats();
  return std::any_of(formats.begin(), formats.end(), [&](const exports::FormatInfo& format) {
    return format.name == name && format.has_pairs;
  });
}

/// What is said of pairs is for the format that has them, and of other labels for those that do not.
labels::PairOptions pair_options(const ExportArguments& arguments) {
  const bool has_pairs = has_pairs_in(arguments.format);
  if (!has_pairs && (arguments.pair_margin || arguments.pair_certainty || arguments.pairs_per_prefix)) {
    throw core::FatalError(
        ExitCode::kUsage,
        "--pair-margin, --pair-certainty and --pairs-per-prefix are for " + formats_with_pairs());
  }
  if (has_pairs && !arguments.label.empty()) {
    throw core::FatalError(ExitCode::kUsage,
                           "--format " + arguments.format + " compares posterior values; leave --label out");
  }
  labels::PairOptions options;
  options.margin = arguments.pair_margin.value_or(options.margin);
  options.certainty = arguments.pair_certainty.value_or(options.certainty);
  options.per_prefix = arguments.pairs_per_prefix.value_or(options.per_prefix);
  return options;
}

void run_export(const ExportArguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  exports::ExportOptions options;
  options.format = arguments.format;
  options.out = arguments.out;
  options.labels = label_options(load_run(run).config, arguments.label, arguments.overrides);
  options.labels.pairs = pair_options(arguments);
  options.judgements = arguments.judgements;
  const search::FittedKernel kernel = kernel_for(run, arguments.kernel);
  options.labels.kernel = kernel.kernel;
  options.kernel_trees = kernel.trees;
  const auto summary = exports::run_export(run.file_system(), run.root(), options);
  if (!summary) {
    const bool usage = summary.error().kind == core::ErrorKind::kInvalidInput;
    throw core::FatalError(usage ? ExitCode::kUsage : ExitCode::kStorage, summary.error().message);
  }
  std::cout << arguments.format << ": " << core::with_thousands(summary->rows) << " rows of "
            << core::with_thousands(summary->problems_with_rows) << " problems (" << summary->problems
            << " read)\n";
  if (summary->judgements > 0) {
    std::cout << "  judgements: " << core::with_thousands(summary->judgements) << ", "
              << core::with_thousands(summary->judged) << " of them of solutions of this run\n";
  }
  print_left_out(*summary);
  for (const exports::ExportedFile& file : summary->files) {
    std::cout << "  " << (options.out / file.name).string() << "  " << core::with_thousands(file.bytes)
              << " bytes\n";
  }
  std::cout << "  " << (options.out / "README.md").string() << "  what is in it\n";
}

}  // namespace

void add_export(Command& program) {
  auto arguments = std::make_shared<ExportArguments>();
  Command command = program.command("export", "Write a run's labels in the form that a trainer reads");
  command.option("RUN", arguments->run, "Run directory").required();
  command.option("--format", arguments->format, format_names()).required();
  command.option("--out", arguments->out, "New or empty directory").required();
  command.option("--label", arguments->label, "Label mode; default: the run's own");
  command
      .option("--set", arguments->overrides, "labels.KEY=VALUE: another filter or threshold than the run's")
      .one_at_a_time();
  command.option(
      "--judgements", arguments->judgements,
      "For " + modes_with_judgements() + ": JSONL of {problem_id, node_id or process, first_wrong or null}");
  const labels::PairOptions usual;
  command
      .option("--pair-margin", arguments->pair_margin,
              of_pairs("by how much the chosen step is worth more, at least", usual.margin))
      .between(0.01, 1.0);
  command
      .option("--pair-certainty", arguments->pair_certainty,
              of_pairs("the probability of that, at least", usual.certainty))
      .between(0.5, 1.0);
  command
      .option("--pairs-per-prefix", arguments->pairs_per_prefix,
              of_pairs("pairs of steps after one prefix, at most", usual.per_prefix))
      .between(1U, 1000000U);
  command.option("--kernel", arguments->kernel,
                 "What posterior values rest on: a file of `viltree kernel --fit`, or built-in; default: "
                 "the run's own");
  command.runs([arguments] { run_export(*arguments); });
}

}  // namespace viltree::cli
