#include "step_counts.hpp"
#include "step_text.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/similar_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::stats;
using doctest::Approx;

TEST_CASE("steps: near ones are found, also among many that are the same") {
  const std::uint64_t step = core::simhash("we first count the red squares in the upper left corner");
  const std::uint64_t other = core::simhash("the answer follows at once from the theorem of pythagoras");
  const std::uint64_t twice = core::simhash("so 0.");
  CHECK(have_neighbours(std::vector<std::uint64_t>{step, other, step ^ 0b111U, twice, twice}) ==
        std::vector<bool>{true, false, true, true, true});
  CHECK(have_neighbours(std::vector<std::uint64_t>{0, 0b1111}) == std::vector<bool>{false, false});
}

TEST_CASE("steps: a counter keeps each step once, in the order of their first rows") {
  StepCounter counter;
  for (const std::string_view step : {"b", "a", "b", "b"}) counter.add(step, core::hash64(step));
  REQUIRE(counter.counts().size() == 2);
  CHECK(counter.counts()[0].text == "b");
  CHECK(counter.counts()[0].rows == 3);
  CHECK(counter.counts()[1].rows == 1);
}

TEST_CASE("steps: of a long text whole characters are kept") {
  const std::string text = std::string(kMostTextBytes - 1, 'a') + "éz";
  CHECK(beginning(text) == std::string(kMostTextBytes - 1, 'a') + "…");
  CHECK(beginning("short") == "short");
}

TEST_CASE("steps: the sample is exact while it holds all") {
  DistinctSample sample(100);
  for (std::uint64_t i = 0; i < 100; ++i) sample.add(core::mix64(1, i), i < 30 ? 2 : 1);
  CHECK(sample.is_exact());
  CHECK(sample.distinct() == 100);
  CHECK(sample.singles() == 70);
  sample.add(core::mix64(1, 99), 1);
  CHECK(sample.singles() == 69);
}

TEST_CASE("steps: beyond, it estimates, and what it holds does not depend on the order") {
  constexpr std::uint64_t kSteps = 40'000;
  constexpr std::size_t kCapacity = 4'000;
  DistinctSample forwards(kCapacity);
  DistinctSample backwards(kCapacity);
  for (std::uint64_t i = 0; i < kSteps; ++i) {
    forwards.add(core::mix64(7, i), i % 4 == 0 ? 3 : 1);
    const std::uint64_t j = kSteps - 1 - i;
    for (int row = 0; row < (j % 4 == 0 ? 3 : 1); ++row) backwards.add(core::mix64(7, j), 1);
  }
  CHECK_FALSE(forwards.is_exact());
  CHECK(forwards.size() <= kCapacity);
  CHECK(forwards.distinct() == Approx(kSteps).epsilon(0.06));  // four standard errors of 1/√(2,500 at least)
  CHECK(forwards.singles() == Approx(0.75 * kSteps).epsilon(0.08));
  CHECK(backwards.size() == forwards.size());
  CHECK(backwards.singles() == forwards.singles());
}

TEST_CASE("steps: the most frequent are exact while each has a counter") {
  FrequentSteps frequent(10);
  for (std::uint64_t i = 0; i < 10; ++i) frequent.add({i, i, "s" + std::to_string(i)});
  frequent.add({3, 100, "s3"});
  const auto most = frequent.most(3);
  REQUIRE(most.size() == 3);
  CHECK(most[0].text == "s3");
  CHECK(most[0].count == 103);
  CHECK(most[1].text == "s9");
  CHECK(most[2].text == "s8");
  CHECK(frequent.most(100).size() == 8);  // 0 and 1 rows are not told
}

TEST_CASE("steps: a frequent step among many rare ones is found, with bounds that hold") {
  FrequentSteps frequent(50);
  std::uint64_t rows = 0;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    frequent.add({1'000 + i, 1, "rare"});
    if (i % 10 == 0) frequent.add({1, 1, "often"});
    rows += 1 + (i % 10 == 0 ? 1 : 0);
  }
  const auto most = frequent.most(1);
  REQUIRE(most.size() == 1);
  CHECK(most[0].text == "often");
  CHECK(most[0].count >= 500);
  CHECK(most[0].count - most[0].error <= 500);
  CHECK(most[0].error <= rows / 50);
}
