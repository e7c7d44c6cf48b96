#include "commands.hpp"
#include "compose.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/stats/stats.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace viltree::cli {

namespace {

using core::ExitCode;

struct StatsArguments {
  std::string run;
  std::string label;
  std::vector<std::string> overrides;
  bool json = false;
};

/// None where the configuration has no price: then 0 would be a lie.
std::optional<double> money(const domain::Usage& usage, const archive::Prices& prices) {
  return prices.none() ? std::nullopt : archive::cost(usage, prices);
}

void run_stats(const StatsArguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  const config::Config config = load_run(run).config;
  stats::Options options;
  options.labels = label_options(config, arguments.label, arguments.overrides);
  if (options.labels.mode->needs_judgements) {
    throw core::FatalError(ExitCode::kUsage, "the label mode " + std::string(options.labels.mode->name) +
                                                 " needs judgements, which only `viltree export` takes");
  }
  options.labels.kernel = value_or_fatal(kernels::of_run(run), ExitCode::kStorage).kernel;
  auto found = stats::read_statistics(run, options);
  if (!found) {
    const bool usage = found.error().kind == core::ErrorKind::kInvalidInput;
    throw core::FatalError(usage ? ExitCode::kUsage : ExitCode::kStorage, found.error().message);
  }
  found->cost.money = money(found->cost.usage, config.crawl.prices);
  std::cout << (arguments.json ? stats::to_json(*found) : stats::render_text(*found));
  if (!std::cout.flush()) throw core::FatalError(ExitCode::kStorage, "cannot write the output");
}

}  // namespace

void add_stats(Command& program) {
  auto arguments = std::make_shared<StatsArguments>();
  Command command = program.command("stats", "What a run's labels look like, and what is suspicious");
  command.option("RUN", arguments->run, "Run directory").required();
  command.option("--label", arguments->label, "Label mode; default: the run's own");
  command
      .option("--set", arguments->overrides, "labels.KEY=VALUE: another filter or threshold than the run's")
      .one_at_a_time();
  command.flag("--json", arguments->json, "One JSON object");
  command.runs([arguments] { run_stats(*arguments); });
}

}  // namespace viltree::cli
