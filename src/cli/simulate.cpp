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

void add_server_options(CLI::App& command, Arguments& arguments) {
  simulated::ServerOptions& server = arguments.server;
  command.add_option("--address", server.address, "Address to listen on")->capture_default_str();
  command.add_option("--port", server.port, "Port; 0: any free one, printed")->capture_default_str();
  command.add_option("--model", server.model, "Name of the model")->capture_default_str();
  command.add_option("--dialect", server.dialect, "Kind of server that it behaves like")
      ->check(CLI::IsMember(simulated::dialect_names()))
      ->capture_default_str();
  command.add_option("--allowed-media-path", server.media_path, "Folder that file:// URLs may name");
  command.add_option("--threads", server.threads, "Threads that draw completions")->capture_default_str();
  command.add_option("--delay-ms", arguments.delay_ms, "Before every answer")->capture_default_str();
  command.add_option(
      "--faults", server.faults,
      "What goes wrong, and how often: KIND:PROBABILITY[:MILLISECONDS],… with a status (503), reset, "
      "reset-late, truncated, slow, trickle, length, garbage, utf8, duplicate, missing, empty, identical, "
      "deep, stall, no-finish, dies, or storm");
  command.add_option("--seed", server.seed, "Of the faults, and of requests without a seed")
      ->capture_default_str();
  command.add_option("--log", server.request_log, "File that gets a line of JSON per request");
}

void add_batch_options(CLI::App& command, simulated::ServerOptions& server) {
  command.add_option("--slots", server.slots, "Sequences that run at a time; 0: unlimited [the dialect's]");
  command.add_option("--queue", server.queue, "Sequences that may wait, beyond which: 503; 0: endless")
      ->capture_default_str();
  command.add_option("--token-rate", server.token_rate, "Tokens per second of one sequence; 0: no time")
      ->capture_default_str();
  command
      .add_option("--prefill-rate", server.prefill_rate,
                  "Prompt tokens per second of the whole engine; 0: no time")
      ->capture_default_str();
  command.add_option("--length-sigma", server.length_sigma, "Spread of the solutions' lengths")
      ->capture_default_str();
  command.add_option("--cache-tokens", server.cache_tokens, "That the prefix cache holds; 0: no cache")
      ->capture_default_str();
}

}  // namespace

void add_simulate(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  arguments->server.port = 8000;
  CLI::App* command =
      app.add_subcommand("simulate", "Serve the built-in policy as an OpenAI-compatible server");
  add_server_options(*command, *arguments);
  add_batch_options(*command, arguments->server);
  command->callback([arguments] { simulate(*arguments); });
}

}  // namespace viltree::cli
