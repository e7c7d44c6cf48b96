#include "commands.hpp"
#include "compose.hpp"
#include "console.hpp"
#include "run_setup.hpp"
#include "stop_signal.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/core/text.hpp>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

namespace viltree::cli {

namespace {

void print_tokens(const archive::Totals& totals) {
  const auto number = [](const std::optional<std::uint64_t>& count) {
    return count ? core::with_thousands(*count) : std::string("unknown");
  };
  std::cout << "tokens     " << number(totals.usage.completion_tokens) << " generated";
  if (totals.usage.reasoning_tokens)
    std::cout << " (" << number(totals.usage.reasoning_tokens) << " of them reasoning)";
  std::cout << ", " << number(totals.usage.prompt_tokens) << " of prompts";
  if (totals.usage.cached_tokens)
    std::cout << " (" << number(totals.usage.cached_tokens) << " of them cached)";
  std::cout << '\n';
  if (const auto share = totals.prefill_share()) {
    std::cout << "prefill    computed " << number(totals.prefill_computed) << " tokens, bound "
              << number(totals.prefill_bound) << ", share " << std::llround(*share * 100) << "%\n";
  }
}

void print_summary(const storage::RunDirectory& run, const archive::Progress& progress) {
  std::cout << "state      " << archive::name(progress.state) << '\n'
            << "run        " << run.root().string() << '\n'
            << "shards     " << (run.shards() / "train-*.jsonl.zst").string() << '\n'
            << "problems   " << progress.problems_done() << " of " << progress.problems << ", "
            << progress.totals.rejected << " lines put aside\n"
            << "rows       " << progress.rows_committed << " in " << progress.units_committed
            << " committed units";
  if (progress.totals.left_out > 0)
    std::cout << ", " << progress.totals.left_out << " labels left out by filters";
  std::cout << "\nrollouts   " << progress.totals.rollouts;
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const auto verdict = static_cast<domain::Verdict>(i);
    if (progress.totals.verdicts.of(verdict) > 0) {
      std::cout << (i == 0 ? ": " : ", ") << progress.totals.verdicts.of(verdict) << ' '
                << domain::name(verdict);
    }
  }
  std::cout << '\n';
  print_tokens(progress.totals);
  if (const std::string judge = archive::describe(progress.totals.judge); !judge.empty())
    std::cout << "judge      " << judge << '\n';
  if (progress.cost && *progress.cost > 0) std::cout << "cost       " << *progress.cost << '\n';
  std::cout << "time       " << short_time(progress.seconds) << '\n';
  if (progress.state == archive::State::kInterrupted) std::cout << "The same command goes on.\n";
  if (progress.state == archive::State::kBudget)
    std::cout << "The budget is used up; with a larger one it goes on.\n";
}

void generate(const RunArguments& arguments) {
  const std::atomic<bool>& stop = install_stop_signal();
  const config::Config config = load_config(arguments.config, arguments.set);
  Console console;
  const OpenRun open = open_run(arguments, config, console);
  const core::SteadyClock clock;
  const archive::Progress progress = crawl::crawl(
      crawl_options(config),
      {open.run, *open.source, *open.policy, clock, console, stop, core::threads(), open.judge.get()});
  console.finish();
  print_summary(open.run, progress);
  exit_if_interrupted(progress.state == archive::State::kInterrupted);
}

}  // namespace

void add_generate(Command& program) {
  auto arguments = std::make_shared<RunArguments>();
  Command command = program.command("generate", "Start, or resume, the crawl that CONFIG describes");
  add_config_options(command, *arguments);
  add_run_option(command, *arguments, "Run directory");
  command.runs([arguments] { generate(*arguments); });
}

}  // namespace viltree::cli
