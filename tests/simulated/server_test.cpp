#include "chat_body.hpp"
#include "completion.hpp"
#include "samples.hpp"
#include "temporary_folder.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/simulated/server.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using nlohmann::json;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

/// One keep-alive connection.
class Client {
 public:
  explicit Client(std::uint16_t port) { stream_.connect({asio::ip::make_address("127.0.0.1"), port}); }

  boost::system::error_code send(http::verb verb, const std::string& target, const std::string& body) {
    http::request<http::string_body> request{verb, target, 11};
    request.set(http::field::host, "localhost");
    request.body() = body;
    request.prepare_payload();
    http::write(stream_, request);
    return read();
  }

  boost::system::error_code read() {
    boost::system::error_code error;
    response = {};
    http::read(stream_, buffer_, response, error);
    return error;
  }

  boost::system::error_code post(const json& body) {
    return send(http::verb::post, "/v1/chat/completions", body.dump());
  }

  void raw(std::string_view bytes) { asio::write(stream_.socket(), asio::buffer(bytes)); }

  [[nodiscard]] int status() const { return static_cast<int>(response.result_int()); }

  http::response<http::string_body> response;

 private:
  asio::io_context io_;
  beast::tcp_stream stream_{io_};
  beast::flat_buffer buffer_;
};

std::unique_ptr<SimulatorServer> start(const ServerOptions& options = {}) {
  return SimulatorServer::start(options).value();
}

}  // namespace

TEST_CASE("server: a loopback request gives what the embedded policy gives, many on one connection") {
  const auto server = start();
  Client client(server->port());
  const auto problem = make_problem(kSeed, 2);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    REQUIRE_FALSE(client.post(chat_body(problem, "", 1, seed)));
    CHECK(client.status() == 200);
    const json answer = json::parse(client.response.body());
    CHECK(answer["choices"][0]["message"]["content"] ==
          complete(model_of(problem), "", {}, {1024, seed}).text);
  }
  REQUIRE_FALSE(client.send(http::verb::get, "/health", ""));
  CHECK(client.status() == 200);
  REQUIRE_FALSE(client.send(http::verb::get, "/elsewhere", ""));
  CHECK(client.status() == 404);
  REQUIRE_FALSE(client.send(http::verb::delete_, "/v1/models", ""));
  CHECK(client.status() == 405);
  CHECK(client.response[http::field::allow] == "GET");
}

TEST_CASE("server: a body beyond the limit is answered with 413, and nonsense with 400") {
  const TemporaryFolder folder;
  ServerOptions options;
  options.request_log = folder.file("log.jsonl");
  const auto server = start(options);
  Client large(server->port());
  large.raw("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " +
            std::to_string(core::limits::kProblemLineBytes + 1) + "\r\n\r\n{\"model\":");
  REQUIRE_FALSE(large.read());
  CHECK(large.status() == 413);
  Client nonsense(server->port());
  nonsense.raw("\x16\x03\x01 what is this\r\n\r\n");
  REQUIRE_FALSE(nonsense.read());
  CHECK(nonsense.status() == 400);
  CHECK(lines_of(options.request_log).size() == 2);
}

TEST_CASE("server: each fault reaches the client as what it is") {
  const json body = chat_body(make_problem(kSeed, 2), "", 1, 1);
  const auto struck = [&body](const std::string& faults, Client*& client,
                              std::unique_ptr<SimulatorServer>& server) {
    ServerOptions options;
    options.faults = faults;
    server = start(options);
    static std::unique_ptr<Client> kept;
    kept = std::make_unique<Client>(server->port());
    client = kept.get();
    return client->post(body);
  };
  Client* client = nullptr;
  std::unique_ptr<SimulatorServer> server;
  CHECK_FALSE(struck("429:1", client, server));
  CHECK(client->status() == 429);
  CHECK(struck("reset:1", client, server) == boost::system::errc::connection_reset);
  CHECK(struck("truncated:1", client, server) == http::error::partial_message);
  CHECK_FALSE(struck("garbage:1", client, server));
  CHECK(json::parse(client->response.body(), nullptr, false).is_discarded());
  CHECK_FALSE(struck("slow:1:5", client, server));
  CHECK(client->status() == 200);
}

TEST_CASE("server: many connections on several threads are all answered, each with a line in the log") {
  constexpr int kClients = 40;
  constexpr int kEach = 5;
  const TemporaryFolder folder;
  ServerOptions options;
  options.threads = 2;
  options.request_log = folder.file("log.jsonl");
  const auto server = start(options);
  const std::string body = chat_body(make_problem(kSeed, 3), "", 2, 1).dump();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < kClients / 4; ++i) clients.push_back(std::make_unique<Client>(server->port()));
        for (int round = 0; round < kEach; ++round) {
          for (auto& client : clients) {
            if (!client->send(http::verb::post, "/v1/chat/completions", body) && client->status() == 200)
              ++right;
          }
        }
      });
    }
  }
  CHECK(right == kClients * kEach);
  CHECK(lines_of(options.request_log).size() == kClients * kEach);
}

TEST_CASE("server: stop closes connections that wait for an answer, and the port") {
  ServerOptions options;
  options.delay = std::chrono::hours(1);
  const auto server = start(options);
  const auto port = server->port();
  Client waiting(port);
  Client idle(port);
  waiting.raw("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  server->stop();
  server->stop();
  CHECK(waiting.read());
  CHECK(idle.read());
  CHECK_THROWS(Client(port));
}

TEST_CASE("server: what it cannot listen on or does not understand is an error") {
  const auto server = start();
  ServerOptions options;
  options.port = server->port();
  CHECK(SimulatorServer::start(options).error().message.find(std::to_string(server->port())) !=
        std::string::npos);
  options = {};
  options.address = "nowhere";
  CHECK(SimulatorServer::start(options).error().kind == core::ErrorKind::kInvalidInput);
  options = {};
  options.faults = "500:7";
  CHECK_FALSE(SimulatorServer::start(options));
  options = {};
  options.threads = 0;
  CHECK_FALSE(SimulatorServer::start(options));
}
