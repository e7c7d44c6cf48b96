#include "commands.hpp"

#include <viltree/bench/bench.hpp>

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

void add(CLI::App& parent, const bench::Bench& bench) {
  auto options = std::make_shared<bench::Options>();
  CLI::App* command = parent.add_subcommand(std::string(bench.name), std::string(bench.summary));
  command->add_option("--problems", options->problems, "Built-in problems to crawl")->capture_default_str();
  command->add_option("--seed", options->seed, "Of the crawl")->capture_default_str();
  command->add_option("--workers", options->workers, "Threads of the crawl; 0: one a core")
      ->capture_default_str();
  command->add_option("--slots", options->slots,
                      "Sequences that the simulator works on at once; 0: the benchmark's own");
  command->callback([options, run = bench.run] { run(*options, std::cout); });
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* command = app.add_subcommand("bench", "The project's own benchmarks");
  command->require_subcommand(1);
  for (const bench::Bench& bench : bench::benches()) add(*command, bench);
}

}  // namespace viltree::cli
