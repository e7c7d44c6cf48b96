#pragma once

#include <viltree/core/result.hpp>
#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace viltree::http {

/// One OpenAI-compatible server.
struct Endpoint {
  std::string url;         ///< the base that "/chat/completions" is appended to: "http://127.0.0.1:8000/v1"
  std::string model = {};  ///< empty: the one that the server lists
  std::string dialect =
      "auto";  ///< a name of dialect_names(), or "auto": by what the server's model list says
  std::string api_key_env = {};   ///< name of the environment variable that holds the key; empty: none
  std::string api_key_file = {};  ///< or the file that holds it
  double weight = 1;              ///< share of the work beside other endpoints; above 0
};

/// What the model is asked, as templates.
struct PromptTemplates {
  std::string system = {};  ///< empty: no system message
  /// `{question}` must be in it; `{choices}` may be, else a problem's choices follow the question, one a
  /// line.
  std::string user = "{question}\n\nThink step by step. End with \\boxed{answer}.";
};

struct HttpLimits {
  std::uint32_t in_flight = 0;                 ///< sequences (n counts) at the server at once; 0: 64
  std::chrono::milliseconds timeout{600'000};  ///< of one sample's request, from its sending to its last byte
  std::chrono::milliseconds connect_timeout{10'000};
  std::uint32_t retries = 6;  ///< further attempts of one request after transient failures
  /// Attempt k waits a random time below min(backoff_cap, backoff_base * 2^k), and at least what the server
  /// asks for.
  std::chrono::milliseconds backoff_base{500};
  std::chrono::milliseconds backoff_cap{60'000};
  /// Hosts that may be spoken to in the clear. Loopback always may; everything else needs https.
  std::vector<std::string> allow_plain_http_to;
};

struct HttpOptions {
  std::vector<Endpoint> endpoints;
  policy::SamplingOptions sampling;
  PromptTemplates prompt;
  HttpLimits limits;
  std::uint64_t jitter_seed = 0;  ///< of the random waits between attempts
};

/// The dialects that Endpoint::dialect may name, without "auto".
[[nodiscard]] std::vector<std::string> dialect_names();

/// A policy behind an OpenAI-compatible server. Nothing is sent before start(). kInvalidInput where an option
/// is wrong or the API key cannot be read.
///
/// Errors of its answers, beside those of policy.hpp: kInvalidInput, the server refuses us altogether (the
/// key, the address or the model is wrong, or it cannot do what a crawl needs). kPermanent is a refusal of
/// one prefix alone. Answers come on the policy's one network thread; stop() must not be called from there.
[[nodiscard]] core::Result<std::unique_ptr<policy::Policy>> make_http_policy(HttpOptions options);

}  // namespace viltree::http
