#pragma once

#include "dialect.hpp"
#include "exchange.hpp"
#include "proxy.hpp"
#include "reply.hpp"
#include "secrets.hpp"

#include <viltree/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace viltree::http {

/// What a failure says of whom.
enum class Blame : std::uint8_t {
  kPrefix,    ///< this prefix is refused for good
  kUs,        ///< the server refuses us for good
  kOverload,  ///< the server has too much to do: come later
  kSlow,      ///< no reply in time
  kServer,    ///< the server or the way to it is out of order
  kAbsent,    ///< nobody is there
  kReply,     ///< what came is no reply to what was asked
  kSiblings,  ///< it is one, of which nothing can be used: it says something of these siblings alone
};

/// Why one attempt of a request gave nothing.
struct Failure {
  core::Error error;  ///< what the caller is told where no attempt is left
  Blame blame = Blame::kServer;
  bool final = false;                                  ///< the server asks not to send it again
  std::optional<std::chrono::milliseconds> wait = {};  ///< what the server asks for
  long status = 0;                                     ///< of HTTP; 0 where none came
  bool too_long = false;                               ///< of kPrefix: it does not fit the server's context
};

/// Who was asked, for the messages.
struct ReplyContext {
  std::string url;
  Secrets secrets;
  const Dialect* dialect = nullptr;  ///< null: not known yet
  std::string ca_file = {};          ///< empty: the system's certificates are trusted
  Route route = {};
  std::string path = {};  ///< of what was asked, below the url
};

/// None where its status is 2xx. Its body may still be garbage.
[[nodiscard]] std::optional<Failure> check_reply(const HttpReply& reply, const ReplyContext& context);

/// What came is no completion: worth another attempt.
[[nodiscard]] Failure garbage(const std::string& url, const std::string& what);

/// The same of what parse_reply() found. An error with the status of a success counts as one with the status
/// that it names, and where it names none, as one that may pass.
[[nodiscard]] Failure failure_of(const ReplyDefect& defect, const ReplyContext& context);

/// No choice of the reply can be used.
[[nodiscard]] Failure all_lost(const ParsedReply& reply, const std::string& url);

/// The server's own words in an error's body, without secrets, without control characters, and cut to a line.
[[nodiscard]] std::string server_message(const std::string& body, const Secrets& secrets);

/// What retry-after-ms, retry-after (seconds, or a date) or the x-ratelimit-reset headers ("1s", "6m0s",
/// "20ms") ask for, at most 10 minutes. A date counts from the server's own, and from `now` where it told
/// none: its clock may be another than ours.
[[nodiscard]] std::optional<std::chrono::milliseconds> requested_wait(const RetryHeaders& headers,
                                                                      std::time_t now);

}  // namespace viltree::http
