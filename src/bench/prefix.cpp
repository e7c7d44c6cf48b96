#include "benches.hpp"
#include "workbench.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/simulated/server.hpp>

#include <ostream>
#include <string>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;

constexpr std::uint32_t kSlots = 64;
constexpr double kTokenRate = 2000;  // of one sequence, a second
constexpr std::size_t kWhole = std::size_t{1} << 40U;

simulated::ServerStats crawl_with(const Options& options, std::size_t cache_tokens) {
  simulated::ServerOptions server_options;
  server_options.slots = options.slots > 0 ? options.slots : kSlots;
  server_options.token_rate = kTokenRate;
  server_options.cache_tokens = cache_tokens;
  server_options.seed = options.seed;
  const auto server = value_or_fatal(simulated::SimulatorServer::start(server_options), ExitCode::kUsage);
  http::HttpOptions http;
  http::Endpoint endpoint;
  endpoint.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/v1";
  http.endpoints.push_back(endpoint);
  http.probe = false;
  const auto policy = value_or_fatal(http::make_http_policy(http), ExitCode::kUsage);
  const Workbench bench;
  static_cast<void>(measure_crawl(options, bench.folder("run"), *policy));
  return server->stats();
}

}  // namespace

void run_prefix(const Options& options, std::ostream& out) {
  const simulated::ServerStats whole = crawl_with(options, kWhole);
  const double tokens = static_cast<double>(whole.bound_tokens + whole.generated_tokens);
  out << "prefix: " << options.problems << " problems, visualprm, seed " << options.seed << ", "
      << (options.slots > 0 ? options.slots : kSlots) << " slots\n";
  print(out, "prompt tokens sent", static_cast<double>(whole.prompt_tokens), "tokens");
  print(out, "least that must be computed (an endless cache)", static_cast<double>(whole.bound_tokens),
        "tokens");
  print(out, "tokens of the crawl (that, and what was generated)", tokens, "tokens");
  for (const double share : {0.01, 0.1, 1.0}) {
    const auto stats = crawl_with(options, static_cast<std::size_t>(share * tokens));
    print(out, "cache of " + std::to_string(static_cast<int>(100 * share)) + "% of the crawl: computed",
          static_cast<double>(stats.computed_tokens), "tokens");
    print(out, "  of the least",
          100 * static_cast<double>(stats.computed_tokens) / static_cast<double>(stats.bound_tokens), "%");
  }
}

}  // namespace viltree::bench
