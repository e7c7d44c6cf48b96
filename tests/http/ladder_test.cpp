#include "ladder.hpp"

#include <doctest/doctest.h>

using namespace viltree::http;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr LadderOptions kOptions{{milliseconds(500), seconds(60)}, 2};

}  // namespace

TEST_CASE("http ladder: six series of quick attempts, with rests of 1, 3, 9, 27 and 60 s between them") {
  Ladder ladder;
  std::uint64_t answered = 0;
  for (const int rest : {1, 3, 9, 27, 60}) {
    CHECK(ladder.failed(kOptions, {.answered = answered, .uniform = 0.5}) == milliseconds(250));
    CHECK(ladder.failed(kOptions, {.answered = answered, .uniform = 0.5}) == milliseconds(500));
    CHECK(ladder.failed(kOptions, {.answered = ++answered, .uniform = 0.5}) == seconds(rest));
  }
  for (int i = 0; i < 2; ++i) CHECK(ladder.failed(kOptions, {.answered = answered}).has_value());
  CHECK_FALSE(ladder.failed(kOptions, {.answered = ++answered}).has_value());
  CHECK(ladder.attempts() == 18);
}

TEST_CASE("http ladder: while nothing else is answered it goes on, however long") {
  Ladder ladder;
  for (int i = 0; i < 1000; ++i) {
    const auto wait = ladder.failed(kOptions, {.answered = 7, .uniform = 0.999});
    REQUIRE(wait.has_value());
    CHECK(*wait < seconds(60));
  }
  CHECK(ladder.failed(kOptions, {.answered = 8}) == seconds(1));  // the first series is over
}

TEST_CASE("http ladder: what the server asks for is kept, at every step") {
  Ladder ladder;
  CHECK(ladder.failed(kOptions, {.answered = 0, .requested = seconds(100)}) == seconds(100));
  CHECK(ladder.failed(kOptions, {.answered = 1, .final = true, .requested = seconds(100)}) == seconds(100));
  CHECK(ladder.failed(kOptions, {.answered = 1}) == milliseconds(0));
  CHECK(ladder.failed(kOptions, {.answered = 2, .final = true}) == seconds(3));
}
