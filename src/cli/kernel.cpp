#include "commands.hpp"
#include "compose.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/inspect/kernel.hpp>
#include <viltree/kernels/kernels.hpp>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

namespace viltree::cli {

namespace {

using core::ExitCode;
using core::value_or_fatal;

struct KernelArguments {
  std::string run;
  bool json = false;
  bool fit = false;
  std::string out;
  std::uint64_t trees = kernels::ArchiveFit{}.most_trees;
};

search::FittedKernel fit_again(const storage::RunDirectory& run, const config::Config& config,
                               const KernelArguments& arguments) {
  kernels::ArchiveFit options;
  options.most_trees = arguments.trees;
  options.truncated_is_wrong = config.crawl.labels.truncated_is_wrong;
  options.on_round = [](const search::FittedKernel& so_far) {
    std::fprintf(stderr, "round %u: log-likelihood of a tree %.3f\n", so_far.rounds,
                 so_far.log_likelihood_after);
  };
  auto fitted = kernels::fit_archives(run, options);
  if (!fitted) {
    const bool usage = fitted.error().kind == core::ErrorKind::kInvalidInput;
    throw core::FatalError(usage ? ExitCode::kUsage : ExitCode::kStorage, fitted.error().message);
  }
  return *fitted;
}

/// Why the kernel is the built-in one, where it is.
std::string why_built_in(const storage::RunDirectory& run, const config::Config& config,
                         const KernelArguments& arguments) {
  constexpr const char* kNoOutcome = "no tree came to an outcome";
  if (arguments.fit) return kNoOutcome;
  if (!config.crawl.search.fit_kernel) return "the configuration says so (search.kernel)";
  if (value_or_fatal(archive::manifest_or_empty(run), ExitCode::kStorage).kernel) return kNoOutcome;
  return "the run's own is fitted when its first unit is whole";
}

void show_kernel(const KernelArguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  const config::Config config = load_run(run).config;
  const search::FittedKernel fitted = arguments.fit
                                          ? fit_again(run, config, arguments)
                                          : value_or_fatal(kernels::of_run(run), ExitCode::kStorage);
  if (!arguments.out.empty()) {
    value_or_fatal(storage::write_atomically(run.file_system(), arguments.out, kernels::to_json(fitted)),
                   ExitCode::kStorage);
  }
  std::cout << (arguments.json ? kernels::to_json(fitted)
                               : inspect::render_kernel(fitted, why_built_in(run, config, arguments)));
  if (!std::cout.flush()) throw core::FatalError(ExitCode::kStorage, "cannot write the output");
}

}  // namespace

void add_kernel(Command& program) {
  auto arguments = std::make_shared<KernelArguments>();
  Command command =
      program.command("kernel", "What a run's posterior values rest on; fit it again on all its trees");
  command.option("RUN", arguments->run, "Run directory").required();
  command.flag("--json", arguments->json, "One JSON object, as kernel.json");
  Option fit = command.flag("--fit", arguments->fit,
                            "Fit one on the committed trees; the run keeps the one that it has");
  command.option("--trees", arguments->trees, "Trees to fit it on, at most, spread over the run")
      .positive()
      .shows_default()
      .needs(fit);
  command.option("--out", arguments->out, "File for the fitted kernel, for `viltree export --kernel`")
      .needs(fit);
  command.runs([arguments] { show_kernel(*arguments); });
}

}  // namespace viltree::cli
