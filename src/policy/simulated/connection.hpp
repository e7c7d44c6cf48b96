#pragma once

#include "chat_service.hpp"
#include "engine.hpp"
#include "reply_stream.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace viltree::simulated {

/// What connections share. All of it outlives them.
struct ConnectionHost {
  ChatService& service;
  Engine* engine = nullptr;  ///< none: replies come at once
  std::function<void(std::chrono::milliseconds)> die;
};

/// One connection: a request, its reply, the next request. Kept alive by the operation that is under way;
/// all of them run on its own strand. A peer that goes while it waits takes its sequences from the engine.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, const ConnectionHost& host);

  void start();
  /// Resets the connection. From any thread.
  void abort();

 private:
  /// What follows when everything is written.
  enum class Then : std::uint8_t { kRead, kClose, kReset, kMore };
  struct Piece {
    std::string bytes;
    std::chrono::milliseconds before{0};
  };

  void read(std::chrono::seconds patience);
  void on_header(boost::system::error_code error);
  void on_request(boost::system::error_code error);
  void serve();
  void submit();
  void on_done(std::uint64_t turn, std::uint64_t cached_tokens);
  void watch_peer();
  void on_peer();

  void begin_stream();
  void poll_stream();
  void push_events(const std::vector<std::string>& events);
  void end_stream();

  void send(HttpReply reply);
  void push_body(std::string body, const HttpReply& reply);
  [[nodiscard]] std::string head_of(const HttpReply& reply, std::size_t length) const;
  void push(std::string bytes, std::chrono::milliseconds before = {});
  void write_next();
  void write_front();
  void written();

  void reset();
  void close();
  void drain();

  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer timer_;
  ConnectionHost host_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  bool keep_alive_ = false;
  std::uint32_t requests_ = 0;

  // A request that is served.
  Exchange exchange_;
  std::uint64_t turn_ = 0;  ///< counts requests, so that a late call for an earlier one is known
  std::optional<Batch::JobId> job_;
  bool waiting_ = false;   ///< for the engine
  bool watching_ = false;  ///< for the peer to go
  std::optional<ReplyStream> events_;

  // What is to be written.
  std::deque<Piece> pieces_;
  bool writing_ = false;
  Then then_ = Then::kClose;
};

}  // namespace viltree::simulated
