#include "loop_questioner.hpp"
#include "network_thread.hpp"
#include "scripted_server.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree::http;
using namespace viltree::http::testing;

namespace {

/// The network thread of a policy that asks and does nothing else.
struct Asker {
  Asking asking;
  NetworkThread network;

  std::optional<HttpReply> ask(const ScriptedServer& server) {
    LoopQuestioner questioner(network, asking, {}, {});
    return ask(questioner, server);
  }
  static std::optional<HttpReply> ask(LoopQuestioner& questioner, const ScriptedServer& server) {
    HttpRequest request;
    request.url = server.url() + "/chat/completions";
    request.body.emplace().append(make_segment("{}"));
    return questioner.ask(std::move(request));
  }
  void end() {
    network.end([this] {
      for (const auto& transport : asking) transport->cancel_all();
      asking.clear();
    });
  }
};

}  // namespace

TEST_CASE("http network thread: what is posted is done in order, and the first last word after it all") {
  NetworkThread network;
  std::vector<int> done;
  for (int i = 0; i < 3; ++i) CHECK(network.post([&done, i] { done.push_back(i); }));
  network.end([&done] { done.push_back(3); });
  network.end([&done] { done.push_back(4); });
  CHECK(network.ends());
  CHECK_FALSE(network.post([&done] { done.push_back(5); }));
  network.pause(std::chrono::hours(1));  // is over at once
  network.join();
  network.join();
  CHECK(done == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("http network thread: its end wakes who pauses") {
  NetworkThread network;
  std::promise<void> begins;
  std::jthread pausing([&] {
    begins.set_value();
    network.pause(std::chrono::hours(1));
  });
  begins.get_future().wait();
  network.end({});
  pausing.join();
  CHECK(network.ends());
}

TEST_CASE("http questioner: the reply to a question, and none once the network thread ends") {
  ScriptedServer server({{.body = chat_body({"7"})}, {.how = Reply::How::kNever}});
  Asker asker;
  const auto reply = asker.ask(server);
  REQUIRE(reply.has_value());
  CHECK(reply->status == 200);
  CHECK(reply->body == chat_body({"7"}));
  auto silent = std::async(std::launch::async, [&] { return asker.ask(server); });
  server.wait_for_requests(2);
  asker.end();
  CHECK_FALSE(silent.get().has_value());
  CHECK_FALSE(asker.ask(server).has_value());
}

TEST_CASE("http questioner: a question waits for its rate, and no longer than the network thread runs") {
  ScriptedServer server({{.body = chat_body({"7"})}});
  Asker asker;
  LoopQuestioner questioner(asker.network, asker.asking, {},
                            {.requests_per_minute = 1, .tokens_per_minute = 0});
  REQUIRE(Asker::ask(questioner, server).has_value());
  auto second = std::async(std::launch::async, [&] { return Asker::ask(questioner, server); });
  asker.end();
  CHECK_FALSE(second.get().has_value());
  CHECK(server.chat_requests().size() == 1);
}
