#include "commands.hpp"

#include <viltree/bench/bench.hpp>

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

void add_label_options(CLI::App& command, bench::Options& options) {
  command.add_option("--family", options.families, "Kinds of problems; all where none is named");
  command.add_option("--strategy", options.strategies, "Strategies; all where none is named");
  command.add_option("--tokens", options.tokens, "Generated tokens a problem; 0: to a strategy's own end")
      ->capture_default_str();
  command.add_option("--plot", options.plot, "Write curves as an SVG file");
}

void add(CLI::App& parent, const bench::Bench& bench) {
  auto options = std::make_shared<bench::Options>();
  options->problems = bench.problems;
  CLI::App* command = parent.add_subcommand(std::string(bench.name), std::string(bench.summary));
  command->add_option("--problems", options->problems, "Built-in problems")->capture_default_str();
  command->add_option("--seed", options->seed, "Of all that is drawn")->capture_default_str();
  command->add_option("--workers", options->workers, "Threads; 0: one a core")->capture_default_str();
  if (bench.compares_labels) {
    add_label_options(*command, *options);
  } else {
    command->add_option("--slots", options->slots,
                        "Sequences that the simulator works on at once; 0: the benchmark's own");
  }
  command->callback([options, run = bench.run] { run(*options, std::cout); });
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* command = app.add_subcommand("bench", "The project's own benchmarks");
  command->require_subcommand(1);
  for (const bench::Bench& bench : bench::benches()) add(*command, bench);
}

}  // namespace viltree::cli
