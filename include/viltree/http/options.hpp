#pragma once

#include <viltree/policy/sampling_options.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// What a policy behind OpenAI-compatible servers can be told, with its defaults. Plain values.
namespace viltree::http {

/// How a problem's images reach a server.
enum class ImageMode : std::uint8_t {
  kData,  ///< as data URLs
  kUuid,  ///< as data URLs the first time, then by a name that the server remembers (vLLM); sent again on a
          ///< miss
  kFile,  ///< as file:// URLs below `media_path`, which the server reads itself
};

/// What a provider takes in a minute; 0: any.
struct RateOptions {
  std::uint64_t requests_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;  ///< of prompts and completions

  friend bool operator==(const RateOptions&, const RateOptions&) = default;
};

/// A header of requests, whose value is no part of the options, because it may be a secret.
struct Header {
  std::string name;
  std::string env;  ///< name of the environment variable that holds the value

  friend bool operator==(const Header&, const Header&) = default;
};

/// What becomes of the thoughts that a model writes before its solution.
enum class Thinking : std::uint8_t {
  kText,  ///< they are the solution's beginning; a server that takes them out of the text is refused
  kDrop,  ///< they are paid for and no part of the solution, within the text or apart
  kLeft,  ///< within the text they are part of it, and apart from it nobody looks at them
};

/// One OpenAI-compatible server.
struct Endpoint {
  std::string url;         ///< the base that "/chat/completions" is appended to: "http://127.0.0.1:8000/v1"
  std::string model = {};  ///< empty: the one that the server lists
  /// A name of dialect_names(), or "auto": by what the server's model list says.
  std::string dialect = "auto";
  std::string api_key_env = {};   ///< name of the environment variable that holds the key; empty: none
  std::string api_key_file = {};  ///< or the file that holds it
  double weight = 1;              ///< share of the work beside other endpoints; above 0
  /// For servers that take raw prompts alone: a name of chat_template_names(), or the text itself, with
  /// `{user}` and, if a system message is set, `{system}` in it; it ends where the assistant's reply begins.
  std::string chat_template = {};
  ImageMode images = ImageMode::kData;
  std::string media_path = {};  ///< for kFile: where the data set's root is on the server
  /// A JSON object with further keys of its requests, such as {"top_k": 20}; empty: none. Of a key that
  /// HttpOptions::extra has too this one counts; where both are objects, their members.
  std::string extra = {};
  /// Of every request to it. Of two with one name, those of HttpOptions::headers make way.
  std::vector<Header> headers = {};
  /// PEM file with the certificates that its own must come from; empty: HttpOptions::ca_file.
  std::string ca_file = {};
  RateOptions rate = {};  ///< in place of HttpLimits::rate, where not 0

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// What the model is asked, as templates.
struct PromptTemplates {
  std::string system = {};  ///< empty: no system message
  /// `{question}` must be in it; `{choices}` may be, else a problem's choices follow the question, one a
  /// line.
  std::string user = "{question}\n\nThink step by step. End with \\boxed{answer}.";
};

struct HttpLimits {
  std::uint32_t in_flight = 0;  ///< sequences (n counts) at each server at once; 0: found by trying
  std::uint64_t prompt_tokens_in_flight = 0;   ///< of requests at each server at once, estimated; 0: no limit
  RateOptions rate = {};                       ///< of each server
  std::chrono::milliseconds timeout{600'000};  ///< of one request, from its sending to its last byte
  std::chrono::milliseconds stall{60'000};     ///< of a stream, from one byte to the next, the first aside
  std::chrono::milliseconds connect_timeout{10'000};
  /// Quick further attempts of one request that fails while others are answered. After them it rests, 1, 3,
  /// 9, 27 and 60 s (from twice backoff_base to backoff_cap), each time for as many attempts again.
  std::uint32_t retries = 6;
  /// Attempt k waits a random time below min(backoff_cap, backoff_base * 2^k), and at least what the server
  /// asks for.
  std::chrono::milliseconds backoff_base{500};
  std::chrono::milliseconds backoff_cap{60'000};
  /// Hosts that may be spoken to in the clear. Loopback always may; everything else needs https.
  std::vector<std::string> allow_plain_http_to = {};
};

/// Of one server.
[[nodiscard]] constexpr RateOptions rate_of(const Endpoint& endpoint, const HttpLimits& limits) {
  const auto first = [](std::uint64_t own, std::uint64_t of_all) { return own > 0 ? own : of_all; };
  return {first(endpoint.rate.requests_per_minute, limits.rate.requests_per_minute),
          first(endpoint.rate.tokens_per_minute, limits.rate.tokens_per_minute)};
}

struct HttpOptions {
  std::vector<Endpoint> endpoints = {};
  policy::SamplingOptions sampling = {};
  PromptTemplates prompt = {};
  HttpLimits limits = {};
  bool stream = false;               ///< take replies as server-sent events; what comes out is the same
  bool logprobs = false;             ///< ask for log-probabilities, and keep what the model was not sure of
  bool reprompt = false;             ///< show the prefix in the user's message instead of going on from it
  std::string extra = {};            ///< of all endpoints, as Endpoint::extra
  std::vector<Header> headers = {};  ///< of all endpoints, as Endpoint::headers
  std::string ca_file = {};          ///< of all endpoints, as Endpoint::ca_file; empty: those of the system
  Thinking thinking = Thinking::kText;
  bool probe = true;              ///< ask each server at the start whether it does what a crawl needs
  std::uint64_t jitter_seed = 0;  ///< of the random waits between attempts
};

}  // namespace viltree::http
