#include "commands.hpp"

#include <viltree/bench/bench.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace viltree::cli {

namespace {

void add_label_options(Command& command, bench::Options& options) {
  command.option("--family", options.families, "Kinds of problems; all where none is named");
  command.option("--strategy", options.strategies, "Strategies; all where none is named");
  command.option("--tokens", options.tokens, "Generated tokens a problem; 0: to a strategy's own end")
      .shows_default();
  command.option("--plot", options.plot, "Write curves as an SVG file");
}

void add(Command& parent, const bench::Bench& bench) {
  auto options = std::make_shared<bench::Options>();
  options->problems = bench.problems;
  Command command = parent.command(std::string(bench.name), std::string(bench.summary));
  command.option("--problems", options->problems, "Built-in problems").shows_default();
  command.option("--seed", options->seed, "Of all that is drawn").shows_default();
  command.option("--workers", options->workers, "Threads; 0: one a core").shows_default();
  if (bench.compares_labels) {
    add_label_options(command, *options);
  } else {
    command.option("--slots", options->slots,
                   "Sequences that the simulator works on at once; 0: the benchmark's own");
    if (bench.may_fail) {
      command.option("--faults", options->faults,
                     "What goes wrong, each measured by itself: none, steady:SHARE, "
                     "capacity:SHARE,…[:MILLISECONDS] of the slots, or as `simulate` takes it");
      command.flag("--stream", options->stream, "With --faults: replies are streamed");
    }
  }
  command.runs([options, run = bench.run] { run(*options, std::cout); });
}

}  // namespace

void add_bench(Command& program) {
  Command command = program.command("bench", "The project's own benchmarks");
  for (const bench::Bench& bench : bench::benches()) add(command, bench);
}

}  // namespace viltree::cli
