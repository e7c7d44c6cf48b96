#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::simulated {

struct HttpRequest {
  std::string_view method;
  std::string_view target;
  std::string_view body;
};

/// What becomes of the connection while a reply is sent.
enum class Delivery : std::uint8_t {
  kWhole,
  kTruncated,   ///< half of the body, then the connection ends
  kReset,       ///< a reset in place of the reply
  kResetLate,   ///< a reset after half of the body
  kTrickle,     ///< all of it, evenly over `span`
  kTooLong,     ///< Content-Length promises more than there is, then the connection ends
  kTooShort,    ///< Content-Length promises less than there is, then the connection ends
  kStall,       ///< half of the body, nothing for `span`, then a reset
  kServerDies,  ///< the listener and every connection are closed; back after `span`
};

struct HttpReply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  /// Ends of the chunks of a body in chunked transfer encoding; empty: the body has a Content-Length.
  std::vector<std::size_t> chunk_ends;
  Delivery delivery = Delivery::kWhole;
  std::chrono::milliseconds delay{0};  ///< before the first byte
  std::chrono::milliseconds span{0};   ///< of kTrickle, kStall, kServerDies

  /// Empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

}  // namespace viltree::simulated
