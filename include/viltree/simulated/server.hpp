#pragma once

#include <viltree/core/result.hpp>
#include <viltree/simulated/policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace viltree::simulated {

struct ServerOptions {
  std::string address = "127.0.0.1";   ///< to listen on
  std::uint16_t port = 0;              ///< 0: any free one
  std::string model = kModelName;      ///< the one that is served
  std::string dialect = "vllm";        ///< the kind of server that it behaves like: one of dialect_names()
  std::string media_path;              ///< folder whose files `file://` URLs may name; empty: none
  unsigned threads = 1;                ///< that read, draw and write; at least 1
  std::chrono::milliseconds delay{0};  ///< before every reply
  std::string faults;                  ///< what goes wrong, and how often: see below; empty: nothing
  std::string oddities;                ///< what is valid and odd in replies: see below; empty: nothing
  std::uint64_t seed = 1;              ///< of the faults, and of requests that bring no seed
  std::string request_log;             ///< file to append a line of JSON per request to; empty: none

  // Continuous batching. Without any of it replies come at once.
  std::optional<std::uint32_t> slots;  ///< sequences that run at a time; 0: unlimited; none: the dialect's
  std::uint64_t queue = 0;             ///< sequences that may wait, beyond which: 503; 0: endless
  /// Sequences that it takes at a time, beyond which: 429. N[,N…][:MILLISECONDS], each for so long (10,000)
  /// and from the beginning again. Empty: any number.
  std::string capacity;
  double token_rate = 0;    ///< tokens per second of one sequence; 0: no time
  double prefill_rate = 0;  ///< prompt tokens per second of the whole engine, cached ones free; 0: no time
  /// Above 0, solutions are followed by a remark that says nothing and makes them three times as long on
  /// average, times a log-normal factor with this spread. Only for solutions that nobody goes on from.
  double length_sigma = 0;
  std::size_t cache_tokens = 0;  ///< that the prefix cache holds; 0: there is none
};

/// What a server has done so far.
struct ServerStats {
  std::uint64_t requests = 0;                   ///< for completions, well-formed or not
  std::uint64_t sequences = 0;                  ///< that were drawn
  std::uint64_t refused = 0;                    ///< requests, because the queue or the capacity was full
  std::map<std::string, std::uint64_t> faults;  ///< by kind
  std::uint64_t generated_tokens = 0;           ///< of all drawn sequences
  double seconds = 0;                           ///< since the first request

  // Of the engine; 0 where replies come at once.
  double busy_slot_seconds = 0;
  std::uint64_t waiting = 0;    ///< sequences, now
  std::uint64_t in_flight = 0;  ///< sequences that run or wait, now
  std::uint64_t most_waiting = 0;
  std::uint64_t prompt_tokens = 0;    ///< of the requests whose prefill was begun; siblings share one prompt
  std::uint64_t computed_tokens = 0;  ///< of these, prefilled
  std::uint64_t cached_tokens = 0;    ///< of these, found in the cache
  /// What an unlimited cache would have computed for the same requests in the same order. Both caches know
  /// what a sequence has generated from its end on, and neither counts it as computed.
  std::uint64_t bound_tokens = 0;
};

/// The kinds of servers that it can behave like, the default first.
[[nodiscard]] std::vector<std::string> dialect_names();

/// The simulated policy as an OpenAI-compatible server, in the ways of one dialect:
/// POST /v1/chat/completions and (where the dialect has it) POST /v1/completions, streamed or not;
/// GET /v1/models and the pages by which the dialect's servers are known. GET /health and GET /stats
/// (ServerStats as JSON) are there in every dialect.
///
/// The same picture, question, prefix, sampling options and seed give the same completion in every dialect,
/// streamed or not, and it is that of make_policy().
///
/// `faults` is a list of KIND:PROBABILITY[:MILLISECONDS], separated by commas; at most one of them strikes a
/// request for completions. Which requests, and how, follows from the seed and the request's number.
///
///   429, 503      that status; by turns with every form of "come back later" that servers use (retry-after
///                 in seconds, with decimals, as a date; retry-after-ms; x-ratelimit-reset-requests; none),
///                 for MILLISECONDS (20)
///   400 to 599    that status
///   reset         the connection is reset in place of a reply
///   reset-late    is reset after half of the reply
///   truncated     the reply breaks off, and the connection ends
///   slow          the reply is right, but MILLISECONDS late (which must be given)
///   trickle       its bytes come slowly, in MILLISECONDS (200)
///   length        its Content-Length is too long or too short, by turns
///   garbage       no JSON; in a stream, an event that is none
///   utf8          bytes within a text that are no UTF-8
///   duplicate     a choice twice
///   missing       a choice fewer
///   empty         no choices
///   identical     all siblings are the first
///   deep          JSON nested 100,000 levels deep; in a stream, such an event
///   stall         half of the reply, then nothing for MILLISECONDS (200), then a reset
///   no-finish     a choice without finish_reason
///   dies          the listener and all connections are closed; it is back after MILLISECONDS (200)
///   storm         all kinds above but `dies`, in equal shares
///
/// For instance "503:0.1,reset:0.02,slow:0.05:200". A stream that is struck is sent when it is decoded.
///
/// `oddities` is a list, separated by commas, of NAME:SHARE for what is odd with that share of all choices,
/// by their seeds, and of NAME for forms that all replies have. They may come with any fault.
///
///   null          a choice has no content, and stopped
///   null-length   it has none, and ended at the limit of tokens
///   tool-call     it has the call of a tool in place of its content
///   refusal       it has a refusal in place of its content
///   abort         its text ends with the finish_reason "abort"
///   no-word       its text ends without a finish_reason
///   tags          a choice asked for in the words of policy/reprompt.hpp stands between their tags
///   preamble      it begins with "Sure, here is the continuation:"
///   restated      it begins with the prefix that was shown
///   restated-step it begins with the prefix's last step, in bold
///   restarted     it begins with a line, and then the prefix
///   only-restated it is the prefix alone
///   unclosed      the limit of tokens comes before the end of its thoughts (with `thinking…`)
///   parts         whole replies have their content as a list of parts
///   same-index    all choices of a whole reply have the index 0
///   capitals      finish reasons are in capitals
///   keep-alive    before every event of a stream comes a keep-alive, in all its forms by turns
///   finish-twice  the end of a streamed choice is told twice
///   one-end       of a streamed reply the end of the first choice is told alone
///   no-done       streams have no [DONE]
///   ignores-limit texts go on to their own end, whatever max_tokens says
///   usage-of-one  the usage counts the tokens of the first choice alone
///   thinking      the model thinks before its solution, in the text between <think> and </think>; a prefix
///                 is gone on from within thoughts, too
///   thinking-opened  likewise; the first mark is written by the chat template
///   thinking-apart   it thinks in the message's reasoning_content
///
/// The log's line of a request is in the file before the reply is sent. It has `n` (the request's number
/// from 1), `path`, `status` (0: reset), `body_hash`, and for a well-formed request for completions
/// `dialect`, `stream`, `seed` (null: none), `n_siblings`, `prefix_hash`, `prefix_bytes`, `question_hash`,
/// `images` (SHA-256 of each) and `completion_tokens` (0 where none were drawn); `fault` names what struck
/// it. Hashes are XXH3, 16 hex digits.
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

  /// Until now, or until stop(). Not to be called at the same time as stop().
  [[nodiscard]] ServerStats stats() const;

  /// Closes every connection, answered or not, and returns when no thread of the server runs. Not to be
  /// called from more than one thread at a time.
  void stop();

 private:
  class Listener;
  explicit SimulatorServer(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
  std::uint16_t port_;
  ServerStats last_stats_;
};

}  // namespace viltree::simulated
