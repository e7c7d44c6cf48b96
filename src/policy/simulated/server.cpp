#include "chat_service.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/simulated/server.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace viltree::simulated {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kBodyBytes = core::limits::kProblemLineBytes;
constexpr std::chrono::seconds kIdle{300};
constexpr std::chrono::seconds kFarewell{5};
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr unsigned kMostThreads = 256;

/// One connection: a request, its answer, the next request. Kept alive by the operation that is under way;
/// all of them run on its own strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, ChatService& service)
      : stream_(std::move(socket)), timer_(stream_.get_executor()), service_(service) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(kBodyBytes);
    stream_.expires_after(kIdle);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(error_code error) {
    if (!error) {
      const auto& request = parser_->get();
      const std::string method(request.method_string());
      const std::string target(request.target());
      keep_alive_ = request.keep_alive() && request.method() != http::verb::head;
      return send(service_.answer({method, target, request.body()}));
    }
    if (error.category() != make_error_code(http::error::end_of_stream).category()) return;
    if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
    keep_alive_ = false;
    if (error == http::error::body_limit) {
      return send(service_.refuse(413, "the body has more than " + std::to_string(kBodyBytes) + " bytes"));
    }
    send(service_.refuse(400, "no HTTP request: " + error.message()));
  }

  void send(HttpReply reply) {
    reply_ = std::move(reply);
    if (reply_.delay.count() == 0) return write();
    stream_.expires_never();
    timer_.expires_after(reply_.delay);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->write();
    });
  }

  void write() {
    if (reply_.delivery == Delivery::kReset) return reset();
    response_ = {};
    response_.result(static_cast<unsigned>(reply_.status));
    response_.version(11);
    response_.set(http::field::content_type, "application/json");
    if (!reply_.allow.empty()) response_.set(http::field::allow, reply_.allow);
    keep_alive_ = keep_alive_ && reply_.delivery == Delivery::kWhole;
    response_.keep_alive(keep_alive_);
    response_.content_length(reply_.body.size());
    if (reply_.delivery == Delivery::kTruncated) reply_.body.resize(reply_.body.size() / 2);
    response_.body() = std::move(reply_.body);
    stream_.expires_after(kIdle);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      if (self->keep_alive_) return self->read();
      self->close();
    });
  }

  /// The peer sees a reset rather than an end.
  void reset() {
    error_code ignored;
    stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    stream_.socket().close(ignored);
  }

  /// Ends our side and reads on for a while: a socket that is closed with unread bytes takes the answer with
  /// it.
  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kFarewell);
    drain();
  }

  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(1U << 16U),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->drain();
                            });
  }

  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  ChatService& service_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpReply reply_;
  http::response<http::string_body> response_;
  bool keep_alive_ = false;
};

core::Status check(const ServerOptions& options) {
  const auto wrong = [](const std::string& what) {
    return core::fail(core::ErrorKind::kInvalidInput, "simulator: " + what);
  };
  if (options.threads == 0 || options.threads > kMostThreads) {
    return wrong("threads must be from 1 to " + std::to_string(kMostThreads));
  }
  if (options.model.empty()) return wrong("the model needs a name");
  if (options.delay.count() < 0) return wrong("the delay must not be negative");
  return {};
}

}  // namespace

/// Owns sockets and threads; destroying it closes them. What others refer to is declared before them.
class SimulatorServer::Listener {
 public:
  explicit Listener(std::unique_ptr<ChatService> service) : service_(std::move(service)) {}
  ~Listener() {
    io_.stop();
    threads_.clear();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  core::Status listen(const ServerOptions& options) {
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
      return core::fail(core::ErrorKind::kInvalidInput,
                        "simulator: \"" + options.address + "\" is no IP address");
    }
    const tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return {};
    return core::fail(core::ErrorKind::kPermanent, "simulator: cannot listen on " + options.address +
                                                       " port " + std::to_string(options.port) + ": " +
                                                       error.message());
  }

  void run(unsigned threads) {
    accept();
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](error_code error, tcp::socket socket) {
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Session>(std::move(socket), *service_)->read();
        return accept();
      }
      // Out of file descriptors, most likely: a pause instead of a busy loop.
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](error_code) { accept(); });
    });
  }

  std::unique_ptr<ChatService> service_;
  asio::io_context io_;
  tcp::acceptor acceptor_{asio::make_strand(io_)};
  asio::steady_timer pause_{acceptor_.get_executor()};
  std::uint16_t port_ = 0;
  std::vector<std::jthread> threads_;
};

core::Result<std::unique_ptr<SimulatorServer>> SimulatorServer::start(const ServerOptions& options) {
  if (const auto status = check(options); !status) return core::fail(status.error());
  auto service = ChatService::open(options);
  if (!service) return core::fail(service.error());
  auto listener = std::make_unique<Listener>(std::move(*service));
  if (const auto status = listener->listen(options); !status) return core::fail(status.error());
  listener->run(options.threads);
  return std::unique_ptr<SimulatorServer>(new SimulatorServer(std::move(listener)));
}

SimulatorServer::SimulatorServer(std::unique_ptr<Listener> listener)
    : listener_(std::move(listener)), port_(listener_->port()) {}
SimulatorServer::~SimulatorServer() = default;

std::uint16_t SimulatorServer::port() const {
  return port_;
}

void SimulatorServer::stop() {
  listener_.reset();
}

}  // namespace viltree::simulated
