#pragma once

#include "exchange.hpp"

#include <viltree/http/options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace viltree::http {

/// What every request of one endpoint has in common.
struct TransportOptions {
  std::vector<std::string> headers;  ///< whole lines
  std::string ca_file = {};          ///< certificates to trust in place of the system's; empty: those
  bool tls = false;
  std::string proxy = {};          ///< empty: none
  std::uint32_t connections = 64;  ///< that may be busy at once
  std::chrono::milliseconds connect_timeout = HttpLimits{}.connect_timeout;
};

/// Brings requests to one endpoint, and its replies back. Runs on the network thread.
class Transport {
 public:
  using OnReply = std::function<void(HttpReply)>;

  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Starts at once; there is no queue. `on_reply` is called once, later, unless cancel_all() comes first.
  virtual void send(HttpRequest request, OnReply on_reply) = 0;

  /// Drops every transfer without a reply.
  virtual void cancel_all() = 0;
};

}  // namespace viltree::http
