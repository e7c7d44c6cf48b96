#include "benches.hpp"
#include "workbench.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/simulated/server.hpp>

#include <ostream>
#include <string>

namespace viltree::bench {

void run_http(const Options& options, std::ostream& out) {
  const Workbench bench;
  const auto server = core::value_or_fatal(simulated::SimulatorServer::start({}), core::ExitCode::kUsage);
  http::HttpOptions http;
  http::Endpoint endpoint;
  endpoint.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/v1";
  http.endpoints.push_back(endpoint);
  http.limits.in_flight = 1024;
  http.probe = false;
  const auto policy = core::value_or_fatal(http::make_http_policy(http), core::ExitCode::kUsage);
  const Measured measured = measure_crawl(options, bench.folder("run"), *policy);

  const auto rollouts = static_cast<double>(measured.progress.totals.rollouts);
  const auto requests = static_cast<double>(measured.progress.requests);
  out << "http: " << options.problems << " problems, visualprm, seed " << options.seed
      << ", client and simulator in one process\n";
  print(out, "rollouts over HTTP", rollouts / measured.wall, "rollouts/s");
  print(out, "requests over HTTP (an image in each)", requests / measured.wall, "requests/s");
  print(out, "processor time, client, engine and simulator", measured.cpu / rollouts * 1e6, "us/rollout");
  print(out, "failures", static_cast<double>(measured.progress.failures), "");
}

}  // namespace viltree::bench
