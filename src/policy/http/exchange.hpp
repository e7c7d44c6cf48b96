#pragma once

#include "body.hpp"

#include <viltree/http/options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

struct HttpRequest {
  std::string url;
  std::optional<Body> body;  ///< a POST of JSON where set, else a GET
  std::chrono::milliseconds timeout = HttpLimits{}.timeout;
  std::chrono::milliseconds stall{0};  ///< from one byte to the next, the first aside; 0: any
  /// Takes the bytes of a stream of events as they come; what is no such stream becomes the reply's body.
  std::function<void(std::string_view)> on_event_bytes = nullptr;
};

/// Why no reply came, as far as a caller may care.
enum class TransportErrorKind {
  kUnreachable,  ///< no address, no connection, no handshake
  kUntrusted,    ///< the server's certificate is not trusted
  kNoTrust,      ///< the certificates to trust cannot be read
  kProxy,        ///< the proxy does not connect us
  kBroken,       ///< the connection broke before the reply was complete
  kTimeout,      ///< the deadline passed
  kTooLarge,     ///< the reply is beyond core::limits::kReplyBytes
  kOther,        ///< anything else that libcurl reports
};

struct TransportError {
  TransportErrorKind kind = TransportErrorKind::kOther;
  std::string detail;     ///< in libcurl's words
  long proxy_status = 0;  ///< of kProxy: what the proxy answered
};

/// The headers by which a server says when to come again.
struct RetryHeaders {
  std::string retry_after;
  std::string retry_after_ms;
  std::string should_retry;
  std::string reset_requests;
  std::string reset_tokens;
  std::string date = {};  ///< when the server says that it wrote the reply
};

struct HttpReply {
  std::optional<TransportError> error;  ///< set: there is no status, and no body
  /// How often libcurl sent it again by itself: where a connection that was used before turned out to be
  /// closed.
  std::uint32_t resent = 0;
  long status = 0;
  RetryHeaders headers;
  std::string body;
  bool streamed = false;  ///< the body went to HttpRequest::on_event_bytes
};

}  // namespace viltree::http
