#include "commands.hpp"
#include "compose.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/text.hpp>
#include <viltree/export/export.hpp>
#include <viltree/kernels/kernels.hpp>

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

using core::ExitCode;
using core::value_or_fatal;

struct Arguments {
  std::string run;
  std::string format;
  std::string out;
  std::string label;
  std::string kernel;
};

constexpr std::string_view kBuiltIn = "built-in";

/// That of the run, unless another one was named.
search::FittedKernel kernel_for(const storage::RunDirectory& run, const std::string& named) {
  if (named.empty()) return value_or_fatal(kernels::of_run(run), ExitCode::kStorage);
  if (named == kBuiltIn) return {};
  return value_or_fatal(kernels::load(run.file_system(), named), ExitCode::kUsage);
}

std::string format_names() {
  std::string names;
  for (const exports::FormatInfo& format : exports::formats()) {
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return names;
}

void run_export(const Arguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  exports::ExportOptions options;
  options.format = arguments.format;
  options.out = arguments.out;
  options.labels = load_run(run).config.labels;
  if (!arguments.label.empty()) {
    options.labels.mode = value_or_fatal(labels::mode_from(arguments.label), ExitCode::kUsage);
  }
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
  for (const exports::ExportedFile& file : summary->files) {
    std::cout << "  " << (options.out / file.name).string() << "  " << core::with_thousands(file.bytes)
              << " bytes\n";
  }
  std::cout << "  " << (options.out / "README.md").string() << "  what is in it\n";
}

}  // namespace

void add_export(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("export", "Write a run's labels in the form that a trainer reads");
  command->add_option("RUN", arguments->run, "Run directory")->required();
  command->add_option("--format", arguments->format, format_names())->required();
  command->add_option("--out", arguments->out, "New or empty directory")->required();
  command->add_option("--label", arguments->label, "Label mode; default: the run's own");
  command->add_option(
      "--kernel", arguments->kernel,
      "What posterior values rest on: a file of `viltree kernel --fit`, or built-in; default: "
      "the run's own");
  command->callback([arguments] { run_export(*arguments); });
}

}  // namespace viltree::cli
