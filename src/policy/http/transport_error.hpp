#pragma once

#include <string>

#include <curl/curl.h>

namespace viltree::http {

/// Why no HTTP answer came, as far as a caller may care.
enum class TransportErrorKind {
  kUnreachable,  ///< no address, no connection, no handshake
  kUntrusted,    ///< the server's certificate is not trusted
  kBroken,       ///< the connection broke before the answer was complete
  kTimeout,      ///< the deadline passed
  kTooLarge,     ///< the answer is beyond core::limits::kResponseBytes
  kOther,        ///< anything else that libcurl reports
};

struct TransportError {
  TransportErrorKind kind = TransportErrorKind::kOther;
  std::string detail;  ///< in libcurl's words
};

[[nodiscard]] TransportErrorKind transport_error_kind(CURLcode code);

}  // namespace viltree::http
