#pragma once

#include <viltree/core/result.hpp>
#include <viltree/simulated/policy.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace viltree::simulated {

struct ServerOptions {
  std::string address = "127.0.0.1";   ///< to listen on
  std::uint16_t port = 0;              ///< 0: any free one
  std::string model = kModelName;      ///< the one that is served
  unsigned threads = 1;                ///< that read, draw and write; at least 1
  std::chrono::milliseconds delay{0};  ///< before every answer
  std::string faults;                  ///< what goes wrong, and how often: see below; empty: nothing
  std::uint64_t seed = 1;              ///< of the faults, and of requests that bring no seed
  std::string request_log;             ///< file to append a line of JSON per request to; empty: none
};

/// The simulated policy as an OpenAI-compatible server, with vLLM's way to continue an answer:
/// GET /health, GET /v1/models, POST /v1/chat/completions.
///
/// `faults` is a list of KIND:PROBABILITY, separated by commas; at most one of them strikes a request for
/// completions. Kinds: an HTTP status from 400 to 599; `reset`, the connection is reset in place of an
/// answer; `truncated`, the body breaks off; `garbage`, the body is no JSON; `slow:PROBABILITY:MILLISECONDS`,
/// the answer is right, but late. For instance "503:0.1,reset:0.02,slow:0.05:200". Which requests they strike
/// follows from the seed and the request's number.
///
/// The log's line of a request is in the file before the answer is sent. It has `n` (the request's number
/// from 1), `path`, `status` (0: reset), `body_hash`, and for a well-formed request for completions `seed`
/// (null: none), `n_siblings`, `prefix_hash`, `prefix_bytes`, `question_hash`, `images` (SHA-256 of each) and
/// `completion_tokens` (0 where none were drawn); `fault` names what struck it. Hashes are XXH3, 16 hex
/// digits.
///
/// Thread-safe.
class SimulatorServer {
 public:
  /// Listens and serves. kInvalidInput where an option makes no sense; kPermanent where the address cannot be
  /// listened on or the log cannot be opened.
  [[nodiscard]] static core::Result<std::unique_ptr<SimulatorServer>> start(const ServerOptions& options);

  /// Stops first, as by stop().
  ~SimulatorServer();
  SimulatorServer(const SimulatorServer&) = delete;
  SimulatorServer& operator=(const SimulatorServer&) = delete;

  /// The port that it listens on.
  [[nodiscard]] std::uint16_t port() const;

  /// Closes every connection, answered or not, and returns when no thread of the server runs. Not to be
  /// called from more than one thread at a time.
  void stop();

 private:
  class Listener;
  explicit SimulatorServer(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
  std::uint16_t port_;
};

}  // namespace viltree::simulated
