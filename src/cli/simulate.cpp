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

namespace viltree::cli {

namespace {

struct SimulateArguments {
  simulated::ServerOptions server;
  std::uint64_t delay_ms = static_cast<std::uint64_t>(simulated::ServerOptions{}.delay.count());
};

void simulate(const SimulateArguments& arguments) {
  const std::atomic<bool>& stop = install_stop_signal();
  simulated::ServerOptions options = arguments.server;
  options.delay = std::chrono::milliseconds(arguments.delay_ms);
  const auto server =
      core::value_or_fatal(simulated::SimulatorServer::start(options), core::ExitCode::kUsage);
  std::cout << "http://" << options.address << ':' << server->port() << "/v1" << std::endl;
  while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server->stop();
}

void add_server_options(Command& command, SimulateArguments& arguments) {
  simulated::ServerOptions& server = arguments.server;
  command.option("--address", server.address, "Address to listen on").shows_default();
  command.option("--port", server.port, "Port; 0: any free one, printed").shows_default();
  command.option("--model", server.model, "Name of the model").shows_default();
  command.option("--dialect", server.dialect, "Kind of server that it behaves like")
      .one_of(simulated::dialect_names())
      .shows_default();
  command.option("--allowed-media-path", server.media_path, "Folder that file:// URLs may name");
  command.option("--threads", server.threads, "Threads that draw completions").shows_default();
  command.option("--delay-ms", arguments.delay_ms, "Before every answer").shows_default();
  command.option(
      "--faults", server.faults,
      "What goes wrong, and how often: KIND:PROBABILITY[:MILLISECONDS],… with a status (503), reset, "
      "reset-late, truncated, slow, trickle, length, garbage, utf8, duplicate, missing, empty, identical, "
      "deep, stall, no-finish, dies, or storm");
  command.option(
      "--oddities", server.oddities,
      "What is valid and odd in replies: NAME:SHARE of the choices with null, null-length, tool-call, "
      "refusal, abort, no-word, unclosed; of those that are reprompted with tags, preamble, restated, "
      "restated-step, "
      "restarted, only-restated; and forms: parts, same-index, capitals, keep-alive, finish-twice, one-end, "
      "no-done, "
      "thinking, thinking-opened, thinking-apart, ignores-limit, usage-of-one");
  command.option("--seed", server.seed, "Of the faults, and of requests without a seed").shows_default();
  command.option("--log", server.request_log, "File that gets a line of JSON per request");
}

void add_batch_options(Command& command, simulated::ServerOptions& server) {
  command.option("--slots", server.slots, "Sequences that run at a time; 0: unlimited [the dialect's]");
  command.option("--queue", server.queue, "Sequences that may wait, beyond which: 503; 0: endless")
      .shows_default();
  command.option("--capacity", server.capacity,
                 "Sequences that it takes at a time, beyond which: 429: N[,N…][:MILLISECONDS], one after the "
                 "other, each for so long (10,000)");
  command.option("--token-rate", server.token_rate, "Tokens per second of one sequence; 0: no time")
      .shows_default();
  command
      .option("--prefill-rate", server.prefill_rate,
              "Prompt tokens per second of the whole engine; 0: no time")
      .shows_default();
  command.option("--length-sigma", server.length_sigma, "Spread of the solutions' lengths").shows_default();
  command.option("--cache-tokens", server.cache_tokens, "That the prefix cache holds; 0: no cache")
      .shows_default();
}

}  // namespace

void add_simulate(Command& program) {
  auto arguments = std::make_shared<SimulateArguments>();
  arguments->server.port = 8000;
  Command command = program.command("simulate", "Serve the built-in policy as an OpenAI-compatible server");
  add_server_options(command, *arguments);
  add_batch_options(command, arguments->server);
  command.runs([arguments] { simulate(*arguments); });
}

}  // namespace viltree::cli
