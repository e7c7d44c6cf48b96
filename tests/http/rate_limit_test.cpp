#include "rate_limit.hpp"

#include "dispatcher.hpp"
#include "played.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Time = Loop::Time;

namespace {

constexpr Time kBegin = std::chrono::hours(3);

/// A dispatcher over servers with a rate, in made-up time. A played request takes 10 tokens of a prompt and
/// 90 of a completion.
struct RatedStage {
  explicit RatedStage(RateOptions rate, std::size_t servers = 1)
      : played(servers, 1000, rate), dispatcher(loop, played.lanes, played_options()) {}

  void ask(std::size_t count, std::optional<std::uint64_t> counted = std::nullopt) {
    for (std::size_t i = 0; i < count; ++i) {
      fates.push_back(std::make_shared<Fate>());
      fates.back()->counted = counted;
      dispatcher.submit(std::make_unique<PlayedCall>(played_prompt(fates.size()), fates.back()));
    }
  }

  /// Lets time go by in steps, at each of which all that is under way is answered. When it was sent.
  std::vector<Time> run(Time time, Time step = milliseconds(500)) {
    std::vector<Time> sent;
    for (Time gone{}; gone <= time; gone += step) {
      for (PlayedTransport* server : played.transports) {
        const std::size_t under_way = server->waiting.size();
        sent.insert(sent.end(), under_way, gone);
        for (std::size_t i = 0; i < under_way; ++i) server->reply(200);
      }
      loop.advance(step);
    }
    return sent;
  }

  [[nodiscard]] std::size_t done() const {
    return static_cast<std::size_t>(std::count_if(fates.begin(), fates.end(), [](const auto& fate) {
      return fate->status.has_value() && fate->status->has_value();
    }));
  }

  PlayedLoop loop;
  PlayedLanes played;
  Dispatcher dispatcher;
  std::vector<std::shared_ptr<Fate>> fates;
};

/// The most of them that lie in one minute.
std::size_t most_in_a_minute(const std::vector<Time>& moments) {
  std::size_t most = 0;
  for (std::size_t first = 0, next = 0; first < moments.size(); ++first) {
    while (next < moments.size() && moments[next] < moments[first] + minutes(1)) ++next;
    most = std::max(most, next - first);
  }
  return most;
}

}  // namespace

TEST_CASE("http rate: without limits everything may go at once") {
  RateLimit rate(RateOptions{});
  CHECK_FALSE(rate.any());
  CHECK(rate.when(kBegin, 1'000'000'000) == kBegin);
  rate.sent(kBegin, 8, 1'000'000'000);
  CHECK(rate.when(kBegin, 1'000'000'000) == kBegin);
  CHECK(rate.most_siblings(100, 1'000'000) == 0xFFFFFFFF);
  CHECK(rate.room(kBegin) > 1'000'000);
}

TEST_CASE("http rate: requests are spread over the minute, a second's at once") {
  RateLimit rate({.requests_per_minute = 600, .tokens_per_minute = 0});
  for (int i = 0; i < 10; ++i) {
    CHECK(rate.when(kBegin, 5) == kBegin);
    rate.sent(kBegin, 1, 5);
  }
  CHECK(rate.when(kBegin, 5) == kBegin + milliseconds(100));
  CHECK(rate.when(kBegin + milliseconds(100), 5) == kBegin + milliseconds(100));
  RateLimit slow({.requests_per_minute = 3, .tokens_per_minute = 0});
  slow.sent(kBegin, 1, 5);
  CHECK(slow.when(kBegin + seconds(1), 5) == kBegin + seconds(20));
  CHECK(slow.when(kBegin + minutes(60), 5) == kBegin + minutes(60));
  slow.sent(kBegin + minutes(60), 1, 5);  // what was not used long ago is not saved
  CHECK(slow.when(kBegin + minutes(60), 5) == kBegin + minutes(60) + seconds(20));
}

TEST_CASE("http rate: a request takes all that it may come to, and gives back what it did not") {
  RateLimit rate({.requests_per_minute = 0, .tokens_per_minute = 6000});
  CHECK(rate.when(kBegin, 1000) == kBegin);  // a sixth of the minute's is there
  rate.sent(kBegin, 2, 1000);
  CHECK(rate.when(kBegin, 500) == kBegin + seconds(5));
  rate.over(kBegin + seconds(1), 2, 1000, 300);
  CHECK(rate.when(kBegin + seconds(1), 800) == kBegin + seconds(1));
  rate.sent(kBegin + seconds(1), 1, 800);
  rate.over(kBegin + seconds(2), 1, 800, 1300);  // more than it was thought to
  CHECK(rate.when(kBegin + seconds(2), 100) == kBegin + seconds(7));
  rate.sent(kBegin + seconds(7), 1, 100);
  rate.over(kBegin + seconds(8), 1, 100, std::nullopt);  // unknown: as was thought
  CHECK(rate.when(kBegin + seconds(8), 100) == kBegin + seconds(8));
}

TEST_CASE("http rate: it fills from the first look on, also where nothing was sent yet") {
  const RateLimit rate({.requests_per_minute = 0, .tokens_per_minute = 6000});
  CHECK(rate.when(kBegin, 5000) == kBegin + seconds(40));
  CHECK(rate.when(kBegin + seconds(39), 5000) == kBegin + seconds(40));
  CHECK(rate.when(kBegin + seconds(40), 5000) == kBegin + seconds(40));
}

TEST_CASE("http rate: no more than a minute's tokens are saved, and what is larger goes when all are there") {
  RateLimit rate({.requests_per_minute = 0, .tokens_per_minute = 600});
  rate.sent(kBegin, 1, 100);
  CHECK(rate.when(kBegin, 5000) == kBegin + minutes(1));
  CHECK(rate.when(kBegin + minutes(90), 5000) == kBegin + minutes(90));
  rate.sent(kBegin + minutes(90), 1, 5000);
  CHECK(rate.when(kBegin + minutes(90), 1) > kBegin + minutes(97));  // its debt is paid first
  CHECK(rate.most_siblings(100, 100) == 5);
  CHECK(rate.most_siblings(100, 501) == 1);
  CHECK(rate.most_siblings(700, 100) == 1);
}

TEST_CASE(
    "http rate: there is room for what is at work and what may follow soon, by what requests were like") {
  RateLimit rate({.requests_per_minute = 600, .tokens_per_minute = 60'000});
  CHECK(rate.room(kBegin) == 15);  // 1000 tokens of each, as is thought at first
  for (int i = 0; i < 100; ++i) {
    rate.sent(kBegin, 4, 100);
    rate.over(kBegin, 4, 100, 100);
    rate.sent(kBegin, 0, 0);
  }
  const Time later = kBegin + minutes(5);
  CHECK(rate.room(later) >= 230);  // 10 requests of 4 at once, and 50 in five seconds
  CHECK(rate.room(later) <= 240);
  rate.sent(later, 4, 100);
  CHECK(rate.room(later) >= 230);
}

TEST_CASE("http rate: a lane keeps to its requests a minute, wakes by itself, and is ready all the while") {
  RatedStage stage({.requests_per_minute = 120, .tokens_per_minute = 0});
  stage.ask(400);
  std::vector<Time> sent;
  for (int half_minutes = 0; half_minutes < 8; ++half_minutes) {
    for (Time moment : stage.run(seconds(29))) sent.push_back(moment + half_minutes * Time(seconds(30)));
    CHECK(stage.played.lanes[0]->state().condition == policy::EndpointState::Condition::kReady);
    CHECK_FALSE(stage.dispatcher.outage().has_value());
  }
  CHECK(stage.done() == 400);
  CHECK(most_in_a_minute(sent) <= 122);
  CHECK(sent.size() == 400);
  CHECK(sent.back() >= seconds(195));
  CHECK(sent.back() <= seconds(205));
}

TEST_CASE("http rate: a lane keeps to its tokens a minute as they are counted") {
  RatedStage kept({.requests_per_minute = 0, .tokens_per_minute = 6000});
  kept.ask(300);
  const auto as_reserved = kept.run(minutes(3));  // 100 each, for nothing else is told
  CHECK(as_reserved.size() >= 185);
  CHECK(as_reserved.size() <= 192);
  CHECK(most_in_a_minute(as_reserved) <= 71);  // a sixth was there at the start
  RatedStage told({.requests_per_minute = 0, .tokens_per_minute = 6000});
  told.ask(1000, 25);
  const auto as_counted = told.run(minutes(3));
  CHECK(as_counted.size() >= 700);
  CHECK(as_counted.size() <= 770);
}

TEST_CASE("http rate: servers share what waits by their rates") {
  RatedStage stage({.requests_per_minute = 60, .tokens_per_minute = 0}, 3);
  stage.ask(300);
  const auto sent = stage.run(minutes(1));
  CHECK(sent.size() >= 180);
  CHECK(sent.size() <= 189);
}

TEST_CASE("http rate: no more is wanted than can soon be sent") {
  RatedStage stage({.requests_per_minute = 60, .tokens_per_minute = 0});
  CHECK(stage.dispatcher.wanted() <= 1 + 5 + 4);
  stage.ask(40);
  stage.loop.advance(seconds(30));  // nothing is answered
  CHECK(stage.played.transports[0]->waiting.size() == 31);
  CHECK(stage.dispatcher.wanted() >= 31);
  CHECK(stage.dispatcher.wanted() <= 31 + 6 + 9);
  stage.run(seconds(20));
  CHECK(stage.done() == 40);
  CHECK(stage.dispatcher.wanted() <= 1 + 5 + 4);
}

TEST_CASE("http rate: a stop does not wait for it") {
  RatedStage stage({.requests_per_minute = 6, .tokens_per_minute = 0});
  stage.ask(3);
  stage.dispatcher.wind_down();
  stage.loop.run();
  CHECK_FALSE(stage.fates[0]->status.has_value());  // it is under way
  for (std::size_t i = 1; i < 3; ++i) {
    REQUIRE(stage.fates[i]->status.has_value());
    CHECK(stage.fates[i]->status->error().kind == core::ErrorKind::kCancelled);
  }
  stage.ask(1);
  stage.loop.run();
  CHECK(stage.fates[3]->status.has_value());
  stage.played.transports[0]->reply(200);
  CHECK(stage.done() == 1);
}

TEST_CASE("http rate: a first request that is larger than what is there at the start is sent") {
  RatedStage stage({.requests_per_minute = 0, .tokens_per_minute = 120});
  stage.ask(2);  // 100 each, and 20 are there
  CHECK(stage.run(seconds(60)).size() == 1);
  CHECK(stage.run(seconds(60)).size() == 1);
  CHECK(stage.done() == 2);
}

TEST_CASE("http rate: a stop waits for none of many that each wait shortly") {
  RatedStage stage({.requests_per_minute = 120, .tokens_per_minute = 0});
  stage.ask(20);
  REQUIRE(stage.played.transports[0]->waiting.size() == 2);
  stage.dispatcher.wind_down();
  stage.loop.run();
  for (std::size_t i = 2; i < 20; ++i) {
    REQUIRE(stage.fates[i]->status.has_value());
    CHECK(stage.fates[i]->status->error().kind == core::ErrorKind::kCancelled);
  }
  CHECK(stage.run(seconds(20)).size() == 2);
  CHECK(stage.done() == 2);
}

TEST_CASE("http rate: what fails is sent again within the rate") {
  RatedStage stage({.requests_per_minute = 60, .tokens_per_minute = 0});
  stage.ask(5);
  int sent = 0;
  for (int i = 0; i < 60; ++i) {
    auto& waiting = stage.played.transports[0]->waiting;
    for (; !waiting.empty(); ++sent) stage.played.transports[0]->reply(sent % 2 == 0 ? 500 : 200);
    stage.loop.advance(milliseconds(500));
    CHECK(sent <= 2 + i / 2);
  }
  CHECK(stage.done() == 5);
}
