#include "explore.hpp"
#include "histories.hpp"

#include <chrono>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

using namespace viltree::proof;

namespace {

void print(const Exploration& found, std::uint64_t seed) {
  std::cout << "seed " << seed << ": " << found.points
            << " crash points of the reference crawls; came back from " << found.states << " disks ("
            << found.killed << " killed, " << found.power_lost << " power lost; " << found.by_depth[0]
            << " after one crash, " << found.by_depth[1] << " after two, " << found.by_depth[2]
            << " after three)\nlongest window of answers without a sync: " << found.longest_window_s
            << " s of the crawl's clock\nviolations: " << found.violations;
}

void print(const Histories& sums, std::uint64_t seed) {
  std::cout << "seeds " << seed << " to " << seed + sums.histories - 1 << ": " << sums.sessions
            << " sessions, " << sums.kills << " kills, " << sums.power_losses << " power losses, "
            << sums.disk_faults << " disk faults, " << sums.policy_faults << " failed samples, " << sums.stops
            << " stops; " << sums.samples << " samples, " << sums.asked_again
            << " of them asked again because no session had kept the answer\nviolations: " << sums.failed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Crashes crawls in memory in every way, and looks at what is left");
  app.require_subcommand(1);
  ExploreOptions options;
  CLI::App* exploring = app.add_subcommand("explore", "every crash of a reference crawl");
  exploring->add_option("--states", options.states, "disks to come back from, at most");
  exploring->add_option("--seed", options.seed, "of what is drawn");
  exploring->add_option("--only", options.only, "one setting");
  exploring->add_flag("--stop-at-first", options.stop_at_first, "violation");
  exploring->add_option("--replay", options.replay, "one failure, as it was printed; needs --only");
  std::uint64_t seed = 1;
  std::uint64_t count = 100;
  bool tell = false;
  CLI::App* histories = app.add_subcommand("histories", "whole crawls with everything drawn, a seed each");
  histories->add_option("--seed", seed, "the first");
  histories->add_option("--count", count, "how many");
  histories->add_flag("--stop-at-first", options.stop_at_first, "violation");
  histories->add_flag("--tell", tell, "how the sessions of each ended");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t violations = 0;
    if (exploring->parsed()) {
      const Exploration found = explore(options);
      print(found, options.seed);
      violations = found.violations;
    } else {
      const Histories sums = run_histories(seed, count, tell, options.stop_at_first);
      print(sums, seed);
      violations = sums.failed;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << " in " << took.count() << " s\n";
    return violations == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "proof: " << error.what() << '\n';
    return 2;
  }
}
