#pragma once

#include "asio_loop.hpp"
#include "curl_handles.hpp"
#include "transport.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace viltree::http {

/// HTTP by libcurl's multi interface on an Asio loop. Everything here, the constructor aside, runs on the
/// thread that runs the loop.
class CurlTransport final : public Transport {
 public:
  CurlTransport(AsioLoop& loop, const TransportOptions& options);
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;
  ~CurlTransport() override;

  void send(HttpRequest request, OnReply on_reply) override;
  void cancel_all() override;

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
  void expect_timeout(Loop::Time at);
  void on_timer();
  void arm(const std::shared_ptr<Watch>& watch);
  void wait(const std::shared_ptr<Watch>& watch, bool for_writing);
  void drive(curl_socket_t socket, int events);
  void deliver_finished();
  [[nodiscard]] std::uint32_t resent(const Transfer& transfer);
  void deliver(CURL* easy, HttpReply reply);
  void watch_for_stalls();

  AsioLoop& loop_;
  TransportOptions options_;
  HeaderList get_headers_;
  HeaderList post_headers_;
  /// When libcurl wants to be called; none: never. The timer may be set to an earlier moment.
  std::optional<Loop::Time> timeout_;
  std::unique_ptr<Timer> timer_;
  Loop::Time timer_at_{};
  bool driving_now_ = false;  ///< libcurl wanted to be called at once, and will be
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what was posted and may come too late
  std::unique_ptr<Timer> stall_timer_;                          ///< set while a stream may fall silent
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
