#include "canned_server.hpp"

#include <viltree/core/fatal.hpp>

#include <array>
#include <charconv>
#include <memory>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace viltree::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string whole(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Replies {
  std::string models;
  std::string completion;
};

/// One connection: counts the bytes of a request's body, and answers.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Replies& replies) : socket_(std::move(socket)), replies_(replies) {}

  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](error_code error, std::size_t count) {
                              if (!error) self->take({self->buffer_.data(), count});
                            });
  }

 private:
  void take(std::string_view bytes) {
    if (body_left_ == 0) {
      head_ += bytes;
      const std::size_t end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return read();
      body_left_ = content_length() + end + 4;
      bytes = head_;
    }
    body_left_ -= std::min(body_left_, bytes.size());
    if (body_left_ > 0) return read();
    const bool get = head_.starts_with("GET");
    head_.clear();
    asio::async_write(socket_, asio::buffer(get ? replies_.models : replies_.completion),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  [[nodiscard]] std::size_t content_length() const {
    constexpr std::string_view kName = "Content-Length: ";
    const std::size_t at = head_.find(kName);
    std::size_t length = 0;
    if (at != std::string::npos)
      std::from_chars(head_.data() + at + kName.size(), head_.data() + head_.size(), length);
    return length;
  }

  tcp::socket socket_;
  const Replies& replies_;
  std::array<char, 1U << 18U> buffer_{};
  std::string head_;
  std::size_t body_left_ = 0;
};

void accept(tcp::acceptor& acceptor, const Replies& replies) {
  acceptor.async_accept([&](error_code error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay(true), error);
      std::make_shared<Session>(std::move(socket), replies)->read();
    }
    accept(acceptor, replies);
  });
}

[[noreturn]] void serve(int port_pipe, const Replies& replies) {
  asio::io_context loop{1};
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  const std::uint16_t port = acceptor.local_endpoint().port();
  if (write(port_pipe, &port, sizeof port) != sizeof port) _exit(1);
  accept(acceptor, replies);
  loop.run();
  _exit(0);
}

}  // namespace

CannedServer::CannedServer(const std::string& models, const std::string& completion) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw core::FatalError(core::ExitCode::kUsage, "cannot make a pipe");
  const Replies replies{whole(models), whole(completion)};
  process_ = fork();
  if (process_ < 0) throw core::FatalError(core::ExitCode::kUsage, "cannot start another process");
  if (process_ == 0) serve(ends[1], replies);
  close(ends[1]);
  const bool told = read(ends[0], &port_, sizeof port_) == sizeof port_;
  close(ends[0]);
  if (!told) throw core::FatalError(core::ExitCode::kUsage, "the server of the benchmark did not start");
}

CannedServer::~CannedServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace viltree::bench
