#include "benches.hpp"
#include "metered_policy.hpp"
#include "slots.hpp"
#include "workbench.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/http/http_policy.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;

constexpr double kLeastSeconds = 30;
constexpr double kLeastRounds = 60;  // sequences that each slot does, one after the other
constexpr std::string_view kSteady = "steady:";
constexpr std::string_view kCapacity = "capacity:";
/// What a share of all requests meets whatever the load is, in equal parts.
constexpr std::array kSteadyFaults = {"429:%:1000",  "503:%:1000", "reset:%",
                                      "truncated:%", "empty:%",    "utf8:%"};

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

double number(const std::string& text) {
  try {
    return std::stod(text);
  } catch (const std::exception&) {
    throw core::FatalError(ExitCode::kUsage, "--faults: \"" + text + "\" is no number");
  }
}

std::string steady(const std::string& share) {
  const std::string part = std::to_string(number(share) / kSteadyFaults.size());
  std::string faults;
  for (std::string fault : kSteadyFaults) {
    fault.replace(fault.find('%'), 1, part);
    faults += (faults.empty() ? "" : ",") + fault;
  }
  return faults;
}

struct Trouble {
  std::string name;
  std::string faults;
  std::string capacity;
  double possible = 1;  ///< of the healthy server's goodput
};

/// Shares of the slots, one after the other.
Trouble moving_capacity(const std::string& text, std::uint32_t slots) {
  Trouble trouble;
  const auto parts = parts_of(text, ':');
  const auto shares = parts_of(parts.front(), ',');
  trouble.possible = 0;
  for (const std::string& share : shares) {
    const auto sequences = static_cast<std::uint32_t>(std::max(1.0, std::round(number(share) * slots)));
    trouble.capacity += (trouble.capacity.empty() ? "" : ",") + std::to_string(sequences);
    trouble.possible += std::min<double>(sequences, slots) / slots / static_cast<double>(shares.size());
  }
  if (parts.size() > 1) trouble.capacity += ":" + parts[1];
  return trouble;
}

Trouble trouble_of(const std::string& name, std::uint32_t slots) {
  Trouble trouble;
  if (name.starts_with(kSteady)) {
    trouble.faults = steady(name.substr(kSteady.size()));
  } else if (name.starts_with(kCapacity)) {
    trouble = moving_capacity(name.substr(kCapacity.size()), slots);
  } else if (name != "none") {
    trouble.faults = name;
  }
  trouble.name = name;
  return trouble;
}

struct Goodput {
  double all = 0;     ///< sequences that were kept, a second
  double middle = 0;  ///< the same from a tenth of the time to nine tenths
  double cores = 0;   ///< client, engine and simulator
  std::uint32_t limit = 0;
  std::uint64_t failed = 0;  ///< attempts
};

Goodput goodput_of(const MeteredPolicy& policy, double wall, double cpu) {
  Goodput goodput;
  goodput.all = policy.kept_a_second(0, 1);
  goodput.middle = policy.kept_a_second(0.1, 0.9);
  goodput.cores = cpu / wall;
  goodput.failed = policy.counts().failures;
  const auto endpoints = policy.health().endpoints;
  goodput.limit = endpoints.front().limit;
  return goodput;
}

class Faulty {
 public:
  Faulty(const Options& options, std::uint32_t slots)
      : options_(options),
        slots_(slots),
        sequences_(slots * std::max(kLeastRounds, kLeastSeconds * token_rate(slots) / kTokensOfSequence)) {
    options_.problems = static_cast<std::uint64_t>(std::ceil(sequences_ / kRolloutsOfProblem));
  }

  [[nodiscard]] std::uint64_t problems() const { return options_.problems; }

  [[nodiscard]] Goodput crawl(const Trouble& trouble) const {
    const Workbench bench;
    const auto server = start(trouble);
    MeteredPolicy policy(made(*server, 0));
    const Measured measured = measure_crawl(options_, bench.folder("run"), policy);
    return goodput_of(policy, measured.wall, measured.cpu);
  }

  [[nodiscard]] Goodput flat(const Trouble& trouble) const {
    const auto server = start(trouble);
    MeteredPolicy policy(made(*server, slots_));
    value_or_fatal(policy.start(), ExitCode::kPolicy);
    FlatLoop loop(policy, slots_, static_cast<std::uint64_t>(sequences_));
    const double cpu = cpu_seconds();
    loop.run();
    const Goodput goodput = goodput_of(policy, policy.seconds(), cpu_seconds() - cpu);
    policy.stop();
    return goodput;
  }

 private:
  [[nodiscard]] std::unique_ptr<simulated::SimulatorServer> start(const Trouble& trouble) const {
    simulated::ServerOptions server = server_options(slots_, options_.seed);
    server.faults = trouble.faults;
    server.capacity = trouble.capacity;
    return value_or_fatal(simulated::SimulatorServer::start(server), ExitCode::kUsage);
  }
  [[nodiscard]] std::unique_ptr<policy::Policy> made(const simulated::SimulatorServer& server,
                                                     std::uint32_t in_flight) const {
    http::HttpOptions client = client_options(server, in_flight);
    client.stream = options_.stream;
    return value_or_fatal(http::make_http_policy(std::move(client)), ExitCode::kUsage);
  }

  Options options_;
  std::uint32_t slots_;
  double sequences_;
};

void print_row(std::ostream& out, const char* what, const Goodput& goodput, const Goodput& healthy) {
  const auto column = [&](double value, int digits) {
    out << std::setw(10) << std::fixed << std::setprecision(digits) << value;
  };
  out << "    " << std::left << std::setw(7) << what << std::right;
  column(goodput.all, 1);
  column(goodput.all / healthy.all, 3);
  column(goodput.middle, 1);
  column(goodput.middle / healthy.middle, 3);
  out << std::setw(10) << goodput.limit << std::setw(10) << goodput.failed;
  column(goodput.cores, 2);
  out << '\n' << std::flush;
}

}  // namespace

void run_faults(const Options& options, std::ostream& out) {
  std::vector<std::uint32_t> sizes = {8, 64, 512};
  if (options.slots > 0) sizes = {options.slots};
  for (const std::uint32_t slots : sizes) {
    const Faulty faulty(options, slots);
    out << slots << " slots of " << static_cast<int>(token_rate(slots)) << " tokens/s, " << faulty.problems()
        << " problems; sequences kept a second, as a share of the healthy server's, and the same from a "
           "tenth "
           "of the time to nine tenths\n"
        << "    loop          all     share    middle     share     limit    failed     cores\n";
    const Trouble none = trouble_of("none", slots);
    const Goodput healthy = faulty.crawl(none);
    const Goodput healthy_flat = faulty.flat(none);
    for (const std::string& name : options.faults) {
      const Trouble trouble = trouble_of(name, slots);
      out << "  " << name;
      if (!trouble.capacity.empty())
        out << " (" << trouble.capacity << "), of which " << std::setprecision(3) << trouble.possible
            << " is possible";
      out << '\n';
      const bool is_none = name == "none";
      print_row(out, "crawl", is_none ? healthy : faulty.crawl(trouble), healthy);
      print_row(out, "flat", is_none ? healthy_flat : faulty.flat(trouble), healthy_flat);
    }
  }
}

}  // namespace viltree::bench
