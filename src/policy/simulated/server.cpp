#include "chat_service.hpp"
#include "connection.hpp"
#include "engine.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/simulated/server.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

namespace viltree::simulated {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::size_t kFewConnections = 64;
constexpr unsigned kMostServerThreads = 256;

core::Status check(const ServerOptions& options) {
  const auto wrong = [](const std::string& what) {
    return core::fail(core::ErrorKind::kInvalidInput, "simulator: " + what);
  };
  if (options.threads == 0 || options.threads > kMostServerThreads) {
    return wrong("threads must be from 1 to " + std::to_string(kMostServerThreads));
  }
  if (options.model.empty()) return wrong("the model needs a name");
  if (options.delay.count() < 0) return wrong("the delay must not be negative");
  return {};
}

}  // namespace

/// Owns sockets and threads; destroying it closes them. What others refer to is declared before them.
class SimulatorServer::Listener {
 public:
  explicit Listener(std::unique_ptr<ChatService> service) : service_(std::move(service)) {
    if (!service_->batches()) return;
    engine_.emplace(io_, service_->batch_options());
    service_->watch([this] { return engine_->counts(); });
  }
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
    endpoint_ = tcp::endpoint(address, options.port);
    open(error);
    if (!error) return {};
    return core::fail(core::ErrorKind::kPermanent, "simulator: cannot listen on " + options.address +
                                                       " port " + std::to_string(options.port) + ": " +
                                                       error.message());
  }

  void run(unsigned threads) {
    accept();
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
  }

  [[nodiscard]] std::uint16_t port() const { return endpoint_.port(); }
  [[nodiscard]] ServerStats stats() const { return service_->stats(); }

 private:
  /// Afterwards the endpoint has the port that was given, so that it can be opened again.
  void open(error_code& error) {
    acceptor_.open(endpoint_.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint_, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) endpoint_ = acceptor_.local_endpoint(error);
  }

  void accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        serve(std::move(socket));
        return accept();
      }
      // Out of file descriptors, most likely: a pause instead of a busy loop.
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](error_code cancelled) {
        if (!cancelled) accept();
      });
    });
  }

  void serve(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const ConnectionHost host{*service_, engine_ ? &*engine_ : nullptr,
                              [this](std::chrono::milliseconds span) { die(span); }};
    const auto connection = std::make_shared<Connection>(std::move(socket), host);
    if (connections_.size() >= 2 * living_ + kFewConnections) forget_the_gone();
    connections_.push_back(connection);
    connection->start();
  }

  void forget_the_gone() {
    std::erase_if(connections_, [](const auto& connection) { return connection.expired(); });
    living_ = connections_.size();
  }

  /// From any thread. A server that is dead already stays so for no longer than it was to be.
  void die(std::chrono::milliseconds span) {
    asio::post(acceptor_.get_executor(), [this, span] {
      if (!acceptor_.is_open()) return;
      error_code ignored;
      acceptor_.close(ignored);
      for (const auto& connection : connections_) {
        if (const auto living = connection.lock()) living->abort();
      }
      connections_.clear();
      rise(span);
    });
  }

  void rise(std::chrono::milliseconds after) {
    pause_.expires_after(after);
    pause_.async_wait([this](error_code cancelled) {
      if (cancelled) return;
      error_code error;
      open(error);
      if (!error) return accept();
      acceptor_.close(error);
      rise(kAcceptPause);
    });
  }

  std::unique_ptr<ChatService> service_;
  asio::io_context io_;
  std::optional<Engine> engine_;
  tcp::acceptor acceptor_{asio::make_strand(io_)};
  asio::steady_timer pause_{acceptor_.get_executor()};
  tcp::endpoint endpoint_;
  std::vector<std::weak_ptr<Connection>> connections_;  ///< used on the acceptor's strand
  std::size_t living_ = 0;                              ///< connections when the gone were last forgotten
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

ServerStats SimulatorServer::stats() const {
  return listener_ ? listener_->stats() : last_stats_;
}

void SimulatorServer::stop() {
  if (!listener_) return;
  last_stats_ = listener_->stats();
  listener_.reset();
}

}  // namespace viltree::simulated
