#include "commands.hpp"
#include "stop_signal.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/simulated/server.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

struct Arguments {
  simulated::ServerOptions server;
  std::uint64_t delay_ms = 0;
};

void simulate(const Arguments& arguments) {
  const std::atomic<bool>& stop = install_stop_signal();
  simulated::ServerOptions options = arguments.server;
  options.delay = std::chrono::milliseconds(arguments.delay_ms);
  const auto server =
      core::value_or_fatal(simulated::SimulatorServer::start(options), core::ExitCode::kUsage);
  std::cout << "http://" << options.address << ':' << server->port() << "/v1" << std::endl;
  while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server->stop();
}

}  // namespace

void add_simulate(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  simulated::ServerOptions& server = arguments->server;
  server.port = 8000;
  CLI::App* command =
      app.add_subcommand("simulate", "Serve the built-in policy as an OpenAI-compatible server");
  command->add_option("--address", server.address, "Address to listen on")->capture_default_str();
  command->add_option("--port", server.port, "Port; 0: any free one, printed")->capture_default_str();
  command->add_option("--model", server.model, "Name of the model")->capture_default_str();
  command->add_option("--threads", server.threads, "Threads that draw completions")->capture_default_str();
  command->add_option("--delay-ms", arguments->delay_ms, "Before every answer")->capture_default_str();
  command->add_option(
      "--faults", server.faults,
      "What goes wrong, and how often: KIND:PROBABILITY,… with a status (503), reset, truncated, "
      "garbage, or slow:PROBABILITY:MILLISECONDS");
  command->add_option("--seed", server.seed, "Of the faults, and of requests without a seed")
      ->capture_default_str();
  command->add_option("--log", server.request_log, "File that gets a line of JSON per request");
  command->callback([arguments] { simulate(*arguments); });
}

}  // namespace viltree::cli
