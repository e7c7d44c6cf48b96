#include "slots.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/simulated/problem.hpp>

#include <algorithm>

namespace viltree::bench {

using core::ExitCode;
using core::value_or_fatal;

namespace {

constexpr double kFastest = 3000;          // tokens of one sequence, a second
constexpr double kTokensAltogether = 8e5;  // a second: what the simulator can do beside the client

}  // namespace

double token_rate(std::uint32_t slots) {
  return std::min(kFastest, kTokensAltogether / slots);
}

simulated::ServerOptions server_options(std::uint32_t slots, std::uint64_t seed) {
  simulated::ServerOptions options;
  options.slots = slots;
  options.token_rate = token_rate(slots);
  options.length_sigma = kLengthSigma;
  options.seed = seed;
  return options;
}

http::HttpOptions client_options(const simulated::SimulatorServer& server, std::uint32_t in_flight) {
  http::HttpOptions options;
  http::Endpoint endpoint;
  endpoint.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/v1";
  options.endpoints.push_back(endpoint);
  options.limits.in_flight = in_flight;
  options.probe = false;
  return options;
}

FlatLoop::FlatLoop(policy::Policy& policy, std::uint32_t slots, std::uint64_t sequences)
    : policy_(policy), slots_(slots), left_(sequences) {
  for (std::uint64_t i = 0; i < 64; ++i)
    prompts_.push_back(value_or_fatal(policy.prepare(simulated::make_problem(1, i)), ExitCode::kUsage));
}

void FlatLoop::run() {
  for (std::uint32_t sent = 0; sent < slots_; ++sent) ask();
  const core::Lock lock(mutex_);
  while (left_ > 0) done_.wait(mutex_);
}

void FlatLoop::ask() {
  policy::Sample sample;
  {
    const core::Lock lock(mutex_);
    if (left_ == 0) return done_.notify_all();
    --left_;
    sample.prompt = prompts_[left_ % prompts_.size()];
    sample.seed = left_;
  }
  policy_.sample(std::move(sample), [this](const policy::SampleResult&) { ask(); });
}

}  // namespace viltree::bench
