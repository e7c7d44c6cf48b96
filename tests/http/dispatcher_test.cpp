#include "dispatcher.hpp"

#include "played.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using core::ErrorKind;
using std::chrono::seconds;

namespace {

/// A dispatcher over servers that are played, in made-up time.
struct Stage {
  explicit Stage(std::size_t servers, std::uint32_t in_flight = 4)
      : played(servers, in_flight), dispatcher(loop, played.lanes, played_options()) {}

  std::shared_ptr<Fate> ask(std::uint64_t key, std::uint32_t sequences = 1) {
    auto fate = std::make_shared<Fate>();
    dispatcher.submit(std::make_unique<PlayedCall>(played_prompt(key), fate, sequences));
    return fate;
  }

  PlayedTransport& server(std::size_t number) { return *played.transports[number]; }

  PlayedLoop loop;
  PlayedLanes played;
  Dispatcher dispatcher;
};

}  // namespace

TEST_CASE("http dispatcher: a lane is given less than its limit, and the next when a reply comes") {
  Stage stage(1, 2);
  std::vector<std::shared_ptr<Fate>> fates;
  for (std::uint64_t key = 0; key < 4; ++key) fates.push_back(stage.ask(key));
  CHECK(stage.server(0).waiting.size() == 2);
  for (int i = 0; i < 4; ++i) stage.server(0).reply(200);
  for (const auto& fate : fates) {
    REQUIRE(fate->status.has_value());
    CHECK(fate->status->has_value());
    CHECK(fate->attempts == 1);
  }
}

TEST_CASE("http dispatcher: a request that fails rests, and is sent again") {
  Stage stage(1);
  const auto fate = stage.ask(1);
  stage.server(0).reply(500);
  CHECK(stage.server(0).waiting.empty());
  CHECK_FALSE(fate->status.has_value());
  stage.loop.advance(seconds(5));
  REQUIRE(stage.server(0).waiting.size() == 1);
  stage.server(0).reply(200);
  CHECK(fate->status->has_value());
  CHECK(fate->attempts == 2);
}

TEST_CASE("http dispatcher: a request that meets an overload waits by itself, and the others go on") {
  Stage stage(1);
  const auto fate = stage.ask(1);
  const std::uint32_t before = stage.dispatcher.wanted();
  stage.server(0).reply(429);
  CHECK(stage.dispatcher.wanted() == before + 1);  // it makes room for another
  const auto late = stage.ask(2);
  REQUIRE(stage.server(0).waiting.size() == 1);
  stage.server(0).reply(200);
  CHECK(late->status->has_value());
  stage.loop.advance(seconds(5));
  REQUIRE(stage.server(0).waiting.size() == 1);
  stage.server(0).reply(200);
  CHECK(fate->status->has_value());
  CHECK(stage.dispatcher.wanted() == before);
}

TEST_CASE("http dispatcher: a server that tells one after the other to come later gets nothing until then") {
  Stage stage(1, 100);
  std::vector<std::shared_ptr<Fate>> fates;
  for (std::uint64_t key = 0; key < OverloadRow::kLong; ++key) {
    fates.push_back(stage.ask(key));
    stage.server(0).reply(429);
  }
  fates.push_back(stage.ask(100));
  CHECK(stage.server(0).waiting.empty());
  stage.loop.advance(seconds(5));
  REQUIRE(stage.server(0).waiting.size() == fates.size());
  for (std::size_t i = 0; i < fates.size(); ++i) stage.server(0).reply(200);
  for (const auto& fate : fates) CHECK(fate->status->has_value());
}

TEST_CASE("http dispatcher: what a lost server had goes to the others, and a canary finds it again") {
  Stage stage(2, 100);
  std::vector<std::shared_ptr<Fate>> fates;
  for (std::uint64_t key = 0; key < 40; ++key) fates.push_back(stage.ask(key));
  REQUIRE(stage.server(0).waiting.size() >= Breaker::kFailures);
  while (!stage.server(0).waiting.empty()) stage.server(0).reply(500);
  CHECK_FALSE(stage.played.lanes[0]->usable());
  stage.loop.advance(seconds(1));
  CHECK(stage.server(0).urls.back() == "canary");
  stage.loop.advance(seconds(5));
  while (!stage.server(1).waiting.empty()) stage.server(1).reply(200);
  for (const auto& fate : fates) CHECK(fate->status.has_value());
  stage.server(0).reply(200);  // the canary
  CHECK(stage.played.lanes[0]->usable());
}

TEST_CASE("http dispatcher: while no server is there everything waits, and there is an outage") {
  Stage stage(1, 100);
  std::vector<std::shared_ptr<Fate>> fates;
  for (std::uint64_t key = 0; key < 8; ++key) fates.push_back(stage.ask(key));
  for (int i = 0; i < 8; ++i) stage.server(0).reply(500);
  CHECK(stage.dispatcher.outage().has_value());
  CHECK(stage.dispatcher.wanted() == 1);
  stage.loop.advance(seconds(1));
  for (int pauses = 0; pauses < 20; ++pauses) {
    REQUIRE(stage.server(0).waiting.size() == 1);
    stage.server(0).reply(500);
    stage.loop.advance(seconds(30));
  }
  CHECK(stage.dispatcher.outage()->lasts > seconds(600));
  stage.server(0).reply(200);
  CHECK_FALSE(stage.dispatcher.outage().has_value());
  while (!stage.server(0).waiting.empty()) stage.server(0).reply(200);
  for (const auto& fate : fates) {
    REQUIRE(fate->status.has_value());
    CHECK(fate->status->has_value());
  }
}

TEST_CASE("http dispatcher: a refusal is held while requests are under way, and believed after a reply") {
  Stage stage(1);
  const auto refused = stage.ask(1);
  const auto other = stage.ask(2);
  stage.server(0).reply(413);
  stage.loop.run();
  CHECK_FALSE(refused->status.has_value());
  stage.server(0).reply(200);
  stage.loop.run();
  REQUIRE(refused->status.has_value());
  CHECK(refused->status->error().kind == ErrorKind::kPermanent);
  CHECK(other->status->has_value());
}

TEST_CASE("http dispatcher: where every server refuses us a call is told so") {
  Stage stage(2);
  const auto fate = stage.ask(1);
  for (int i = 0; i < 2; ++i) {
    for (std::size_t server = 0; server < 2; ++server) {
      if (!stage.server(server).waiting.empty()) stage.server(server).reply(401);
    }
  }
  stage.loop.run();
  REQUIRE(fate->status.has_value());
  CHECK(fate->status->error().kind == ErrorKind::kInvalidInput);
  CHECK(fate->attempts == 2);
}

TEST_CASE("http dispatcher: what is cancelled is told so once, wherever it is") {
  Stage stage(1, 1);
  const auto in_flight = stage.ask(1);
  const auto waiting = stage.ask(2);
  stage.server(0).reply(500);
  const auto resting = in_flight;
  stage.dispatcher.cancel_all();
  for (const auto& fate : {resting, waiting}) {
    REQUIRE(fate->status.has_value());
    CHECK(fate->status->error().kind == ErrorKind::kCancelled);
    fate->status.reset();
  }
  stage.loop.advance(seconds(60));
  CHECK_FALSE(resting->status.has_value());
  CHECK_FALSE(waiting->status.has_value());
}
