#include "chat_body.hpp"
#include "completion.hpp"
#include "samples.hpp"
#include "service_fixture.hpp"
#include "temporary_folder.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/simulated/server.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using Json = nlohmann::json;
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

  boost::system::error_code post(const Json& body) {
    return send(http::verb::post, "/v1/chat/completions", body.dump());
  }

  /// All bytes until the connection ends, and how.
  std::pair<boost::system::error_code, std::string> read_all() {
    boost::system::error_code error;
    std::string bytes;
    asio::read(stream_.socket(), asio::dynamic_buffer(bytes), error);
    return {error, bytes};
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
    const Json reply = Json::parse(client.response.body());
    CHECK(reply["choices"][0]["message"]["content"] ==
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
  const Json body = chat_body(make_problem(kSeed, 2), "", 1, 1);
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
  CHECK(Json::parse(client->response.body(), nullptr, false).is_discarded());
  CHECK_FALSE(struck("slow:1:5", client, server));
  CHECK(client->status() == 200);
}

TEST_CASE("server: faults of delivery reach the client as what they are, streamed or not") {
  for (const bool stream : {false, true}) {
    CAPTURE(stream);
    Json body = chat_body(make_problem(kSeed, 2), "", 2, 1);
    body["stream"] = stream;
    const std::string text = body.dump();
    const auto ask = [&text](const std::string& faults) {
      ServerOptions options;
      options.faults = faults;
      const auto server = start(options);
      Client client(server->port());
      client.raw("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                 std::to_string(text.size()) + "\r\n\r\n" + text);
      return client.read_all();
    };
    const auto [end, whole] = ask("slow:1:1");
    CHECK(end == asio::error::eof);
    const auto trickled = ask("trickle:1:20");
    CHECK(trickled.first == asio::error::eof);
    CHECK(trickled.second.size() == whole.size());
    CHECK(ask("reset:1").first == boost::system::errc::connection_reset);
    for (const std::string cut : {"reset-late:1", "stall:1:20", "truncated:1"}) {
      const auto [error, part] = ask(cut);
      CHECK((error == asio::error::eof) == (cut == "truncated:1"));
      CHECK(part.starts_with("HTTP/1.1 200 OK\r\n"));
      CHECK(part.size() > whole.size() / 3);
      CHECK(part.size() < whole.size());
    }
  }
}

TEST_CASE("server: a wrong length is too short, then too long, and then the connection ends") {
  ServerOptions options;
  options.faults = "length:1";
  const auto server = start(options);
  const Json body = chat_body(make_problem(kSeed, 2), "", 1, 1);
  Client first(server->port());
  CHECK_FALSE(first.post(body));
  CHECK(Json::parse(first.response.body(), nullptr, false).is_discarded());
  Client second(server->port());
  CHECK(second.post(body) == http::error::partial_message);
}

TEST_CASE("server: it dies with all its connections, and comes back on its port") {
  ServerOptions options;
  options.faults = "dies:1:1";
  const auto server = start(options);
  Client bystander(server->port());
  REQUIRE_FALSE(bystander.send(http::verb::get, "/health", ""));
  Client client(server->port());
  CHECK(client.post(chat_body(make_problem(kSeed, 2), "", 1, 1)));
  CHECK(bystander.read());
  bool back = false;
  while (!back) {
    try {
      Client again(server->port());
      back = !again.send(http::verb::get, "/health", "") && again.status() == 200;
    } catch (const boost::system::system_error&) {
      continue;
    }
  }
  CHECK(server->stats().faults.at("dies") == 1);
}

TEST_CASE("server: with slots and rates the replies are the same, streamed or not, and are accounted for") {
  ServerOptions options;
  options.slots = 3;
  options.token_rate = 20'000;
  options.prefill_rate = 1e6;
  options.length_sigma = 0.5;
  options.cache_tokens = 10'000;
  const auto server = start(options);
  const auto problem = make_problem(kSeed, 2);
  Json body = chat_body(problem, "", 4, 7);
  for (int round = 0; round < 2; ++round) {
    Client client(server->port());
    REQUIRE_FALSE(client.post(body));
    const Json reply = Json::parse(client.response.body());
    for (std::uint64_t i = 0; i < 4; ++i) {
      CHECK(reply["choices"][i]["message"]["content"] ==
            complete(model_of(problem), "", {}, {1024, 7 + i, false, false, 0.5}).text);
    }
    const Json& usage = reply["usage"];
    const std::uint64_t prompt = usage["prompt_tokens"];
    CHECK(usage["prompt_tokens_details"]["cached_tokens"] == (round == 0 ? 0 : prompt));
  }
  body["stream"] = true;
  body["stream_options"] = {{"include_usage", true}};
  Client client(server->port());
  REQUIRE_FALSE(client.post(body));
  HttpReply reply;
  reply.content_type = client.response[http::field::content_type];
  reply.body = client.response.body();
  for (std::size_t at = 0; (at = reply.body.find("\n\n", at)) != std::string::npos;) {
    reply.chunk_ends.push_back(at += 2);
  }
  const Streamed streamed = read_stream(reply);
  REQUIRE(streamed.choices.size() == 4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    CHECK(streamed.choices.at(static_cast<int>(i)).text ==
          complete(model_of(problem), "", {}, {1024, 7 + i, false, false, 0.5}).text);
    CHECK(streamed.choices.at(static_cast<int>(i)).finishes == 1);
  }
  CHECK(streamed.done);
  const ServerStats stats = server->stats();
  CHECK(stats.sequences == 12);
  CHECK(stats.in_flight == 0);
  CHECK(stats.most_waiting >= 1);
  CHECK(stats.computed_tokens == stats.bound_tokens);
  CHECK(stats.busy_slot_seconds >= static_cast<double>(stats.generated_tokens) / options.token_rate);
  REQUIRE_FALSE(client.send(http::verb::get, "/stats", ""));
  CHECK(Json::parse(client.response.body())["sequences"] == 12);
}

TEST_CASE("server: beyond the queue: 503; and who hangs up frees what he took") {
  ServerOptions options;
  options.slots = 1;
  options.queue = 1;
  options.token_rate = 0.001;
  const auto server = start(options);
  const Json body = chat_body(make_problem(kSeed, 2), "", 1, 7);
  auto waiting = std::make_unique<Client>(server->port());
  const std::string text = body.dump();
  waiting->raw("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " +
               std::to_string(text.size()) + "\r\n\r\n" + text);
  while (server->stats().in_flight < 1) std::this_thread::yield();
  Client other(server->port());
  Json two = body;
  two["n"] = 2;
  REQUIRE_FALSE(other.post(two));
  CHECK(other.status() == 503);
  CHECK(server->stats().refused == 1);
  waiting.reset();
  while (server->stats().in_flight > 0) std::this_thread::yield();
}

TEST_CASE("server: beyond the capacity: 429; and a capacity that is none is refused") {
  ServerOptions options;
  options.capacity = "1";
  options.token_rate = 1;
  const auto server = start(options);
  Client client(server->port());
  REQUIRE_FALSE(client.post(chat_body(make_problem(kSeed, 2), "", 2, 7)));
  CHECK(client.status() == 429);
  CHECK(server->stats().refused == 1);
  options.queue = 2;
  options.slots = 2;
  CHECK_FALSE(SimulatorServer::start(options).has_value());
  options.queue = 0;
  options.capacity = "many";
  CHECK_FALSE(SimulatorServer::start(options).has_value());
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

TEST_CASE("server: stop closes connections that wait for a reply, and the port") {
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
  options.dialect = "unknown";
  CHECK_FALSE(SimulatorServer::start(options));
  options = {};
  options.queue = 4;
  CHECK_FALSE(SimulatorServer::start(options));
  options = {};
  options.token_rate = -1;
  CHECK_FALSE(SimulatorServer::start(options));
  options = {};
  options.threads = 0;
  CHECK_FALSE(SimulatorServer::start(options));
}
