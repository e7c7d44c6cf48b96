#include "benches.hpp"
#include "slots.hpp"
#include "workbench.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/simulated/server.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;

constexpr double kLeastSeconds = 60;
constexpr double kLeastRounds = 100;  // sequences that each slot does, one after the other

std::unique_ptr<simulated::SimulatorServer> started(std::uint32_t slots, std::uint64_t seed) {
  return value_or_fatal(simulated::SimulatorServer::start(server_options(slots, seed)), ExitCode::kUsage);
}

/// How busy the server's slots were, looked at several times a second.
class Occupancy {
 public:
  Occupancy(const simulated::SimulatorServer& server, std::uint32_t slots)
      : server_(server), slots_(slots), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

  /// Ends the watch.
  void stop() {
    thread_.request_stop();
    thread_.join();
    look();
  }

  /// The busy share between two moments, each a share of the whole time.
  [[nodiscard]] double between(double from, double to) const {
    const Look& first = at(from);
    const Look& last = at(to);
    return (last.busy - first.busy) / (slots_ * (last.seconds - first.seconds));
  }

 private:
  struct Look {
    double seconds = 0;
    double busy = 0;  ///< slot-seconds
  };

  void watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      look();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  void look() {
    const simulated::ServerStats stats = server_.stats();
    if (stats.seconds > 0) looks_.push_back({stats.seconds, stats.busy_slot_seconds});
  }
  [[nodiscard]] const Look& at(double share) const {
    const double time = share * looks_.back().seconds;
    for (const Look& look : looks_) {
      if (look.seconds >= time) return look;
    }
    return looks_.back();
  }

  const simulated::SimulatorServer& server_;
  double slots_;
  std::vector<Look> looks_{Look{}};
  std::jthread thread_;
};

void measure(const Options& options, std::uint32_t slots, std::ostream& out) {
  const double sequences =
      slots * std::max(kLeastRounds, kLeastSeconds * token_rate(slots) / kTokensOfSequence);
  Options crawl = options;
  crawl.problems = static_cast<std::uint64_t>(std::ceil(sequences / kRolloutsOfProblem));
  const Workbench bench;

  const auto server = started(slots, options.seed);
  const auto policy = value_or_fatal(http::make_http_policy(client_options(*server, 0)), ExitCode::kUsage);
  Occupancy busy(*server, slots);
  const Measured measured = measure_crawl(crawl, bench.folder("run"), *policy);
  busy.stop();
  const std::uint32_t limit = policy->health().endpoints.front().limit;

  const auto flat_server = started(slots, options.seed);
  const auto flat_policy =
      value_or_fatal(http::make_http_policy(client_options(*flat_server, slots)), ExitCode::kUsage);
  value_or_fatal(flat_policy->start(), ExitCode::kPolicy);
  FlatLoop loop(*flat_policy, slots, static_cast<std::uint64_t>(sequences));
  Occupancy flat_busy(*flat_server, slots);
  loop.run();
  flat_busy.stop();
  flat_policy->stop();

  const double flat = flat_busy.between(0, 1);
  out << slots << " slots of " << static_cast<int>(token_rate(slots)) << " tokens/s: " << crawl.problems
      << " problems, " << measured.progress.totals.rollouts << " rollouts in "
      << static_cast<int>(measured.wall) << " s, limit at the end " << limit << '\n';
  print(out, "  flat closed loop of that size, slots busy", 100 * flat, "%");
  print(out, "  crawl, slots busy, of the flat loop's: all of it", 100 * busy.between(0, 1) / flat, "%");
  print(out, "  crawl, the first tenth", 100 * busy.between(0, 0.1) / flat, "%");
  print(out, "  crawl, from a tenth to nine tenths", 100 * busy.between(0.1, 0.9) / flat, "%");
  print(out, "  crawl, the last tenth", 100 * busy.between(0.9, 1) / flat, "%");
  print(out, "  processor time, client, engine and simulator", measured.cpu / measured.wall, "cores");
}

}  // namespace

void run_saturation(const Options& options, std::ostream& out) {
  if (!options.faults.empty()) return run_faults(options, out);
  out << "saturation: visualprm, seed " << options.seed << ", log-normal lengths of sigma " << kLengthSigma
      << '\n';
  if (options.slots > 0) return measure(options, options.slots, out);
  for (const std::uint32_t slots : {8U, 64U, 512U, 4096U}) measure(options, slots, out);
}

}  // namespace viltree::bench
