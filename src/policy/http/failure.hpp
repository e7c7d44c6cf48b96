#pragma once

#include "api_key.hpp"
#include "dialect.hpp"
#include "transport.hpp"

#include <viltree/core/result.hpp>

#include <chrono>
#include <ctime>
#include <optional>
#include <string>

namespace viltree::http {

/// Why one attempt of a request gave nothing, and what to do about it.
struct Failure {
  core::Error error;  ///< what the caller is told where no attempt is left
  bool retry = false;
  std::optional<std::chrono::milliseconds> wait;  ///< what the server asks for
};

/// Who was asked, for the messages.
struct ReplyContext {
  std::string url;
  ApiKey key;
  const Dialect* dialect = nullptr;  ///< null: not known yet
};

/// None where the reply is an HTTP answer of status 2xx. Its body may still be garbage.
[[nodiscard]] std::optional<Failure> check_reply(const HttpReply& reply, const ReplyContext& context);

/// An answer that is no completion: worth another attempt.
[[nodiscard]] Failure garbage(const std::string& url, const std::string& what);

/// The server's own words in an error's body, without the key, without control characters, and cut to a line.
[[nodiscard]] std::string server_message(const std::string& body, const ApiKey& key);

/// What retry-after-ms or retry-after (seconds, or a date) ask for, at most 10 minutes.
[[nodiscard]] std::optional<std::chrono::milliseconds> requested_wait(const RetryHeaders& headers,
                                                                      std::time_t now);

}  // namespace viltree::http
