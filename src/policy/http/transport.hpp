#pragma once

#include "body.hpp"
#include "curl_handles.hpp"
#include "transport_error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace viltree::http {

/// What every request of one endpoint has in common.
struct TransportOptions {
  std::string authorization;  ///< a whole header line; empty: none
  bool tls = false;
  bool loopback = false;
  std::uint32_t connections = 64;  ///< that may be busy at once
  std::chrono::milliseconds connect_timeout{10'000};
};

struct HttpRequest {
  std::string url;
  std::optional<Body> body;  ///< a POST of JSON where set, else a GET
  std::chrono::milliseconds timeout{600'000};
  std::chrono::milliseconds stall{0};  ///< from one byte to the next, the first aside; 0: any
  /// Takes the bytes of a stream of events as they come; what is no such stream becomes the reply's body.
  std::function<void(std::string_view)> on_event_bytes = nullptr;
};

/// The headers by which a server says when to come again.
struct RetryHeaders {
  std::string retry_after;
  std::string retry_after_ms;
  std::string should_retry;
  std::string reset_requests;
  std::string reset_tokens;
  std::string date = {};  ///< when the server says that it answered
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

/// HTTP by libcurl's multi interface on an Asio loop. Everything here, the constructor aside, runs on the
/// thread that runs the loop.
class Transport {
 public:
  using OnReply = std::function<void(HttpReply)>;

  Transport(boost::asio::io_context& loop, const TransportOptions& options);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport();

  /// Starts at once; there is no queue. `on_reply` is called once, later, unless cancel_all() comes first.
  void send(HttpRequest request, OnReply on_reply);

  /// Drops every transfer without a reply.
  void cancel_all();

 private:
  struct Transfer;
  struct Watch;

  static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void* socket_data) noexcept;
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int on_close(void* self, curl_socket_t socket) noexcept;
  static int on_timeout(CURLM* multi, long timeout_ms, void* self) noexcept;

  std::unique_ptr<Transfer> idle_transfer();
  void watch(curl_socket_t socket, int wanted);
  void unwatch(curl_socket_t socket);
  void expect_timeout(std::chrono::steady_clock::time_point at);
  void on_timer();
  void arm(const std::shared_ptr<Watch>& watch);
  void wait(const std::shared_ptr<Watch>& watch, bool for_writing);
  void drive(curl_socket_t socket, int events);
  void deliver_finished();
  [[nodiscard]] std::uint32_t resent(const Transfer& transfer);
  void deliver(CURL* easy, HttpReply reply);
  void watch_for_stalls();

  boost::asio::io_context& loop_;
  TransportOptions options_;
  HeaderList get_headers_;
  HeaderList post_headers_;
  boost::asio::steady_timer timer_;
  /// When libcurl wants to be called; none: never. The timer may be set to an earlier moment.
  std::optional<std::chrono::steady_clock::time_point> timeout_;
  bool timer_is_set_ = false;
  bool driving_now_ = false;  ///< libcurl wanted to be called at once, and will be
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for handlers that may come too late
  boost::asio::steady_timer stall_timer_;
  bool watches_for_stalls_ = false;
  /// Those that libcurl opens by on_open() and closes by on_close(); its resolver has others, that it closes
  /// by itself.
  std::unordered_set<curl_socket_t> connections_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  MultiHandle multi_;  // after what its callbacks use
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> active_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::size_t head_bytes_ = 0;  ///< of a POST, as libcurl writes it; 0: none was sent yet
};

}  // namespace viltree::http
