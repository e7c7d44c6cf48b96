#include "overload_share.hpp"

#include "overload_row.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using viltree::http::OverloadRow;
using viltree::http::OverloadShare;

namespace {

/// Of every `each` requests one is refused.
void play_noise(OverloadShare& share, int requests, int each) {
  for (int i = 1; i <= requests; ++i) {
    const auto number = share.sent();
    if (i % each == 0) {
      share.overloaded(number, 10);
    } else {
      share.answered(number);
    }
  }
}

}  // namespace

TEST_CASE("http overload row: eight requests in a row, as they were sent, however their refusals come") {
  OverloadRow row;
  for (const std::uint64_t number : {1U, 2U, 3U, 5U, 6U, 7U, 8U}) CHECK_FALSE(row.add(number));
  CHECK(row.add(4));
  CHECK_FALSE(row.add(10));
  CHECK(row.add(9));
  CHECK_FALSE(row.add(1000));
  CHECK_FALSE(row.add(900));  // long ago
  for (std::uint64_t number = 0; number < 500; ++number) CHECK_FALSE(row.add(2000 + number + number / 7));
  row.clear();
  for (std::uint64_t number = 0; number < 7; ++number) CHECK_FALSE(row.add(number));
  CHECK(row.add(7));
}

TEST_CASE("http overload share: requests count as sent once a later one is known about") {
  OverloadShare share;
  for (int i = 0; i < 100; ++i) static_cast<void>(share.sent());
  CHECK(share.known() == 0);
  share.overloaded(9, 5);
  CHECK(share.known() == 10);
  CHECK(share.share() == doctest::Approx(0.1));
  share.answered(4);
  CHECK(share.known() == 10);
  share.answered(99);
  CHECK(share.share() == doctest::Approx(0.01));
  share.start_level();
  CHECK(share.known() == 0);
  CHECK(share.share() == 0);
}

TEST_CASE("http overload share: a share is suspect until it is known as noise, and noise is followed") {
  OverloadShare share;
  play_noise(share, 3 * 5, 5);
  CHECK_FALSE(share.is_suspect());  // three
  play_noise(share, 5 * 5, 5);
  CHECK(share.is_suspect());
  CHECK_FALSE(share.is_load());
  share.set_noise(0.2);
  play_noise(share, 1000, 5);
  CHECK_FALSE(share.is_suspect());
  CHECK(share.noise() == doctest::Approx(0.2).epsilon(0.05));
  play_noise(share, 5000, 20);
  CHECK(share.noise() == doctest::Approx(0.05).epsilon(0.1));
}

TEST_CASE("http overload share: more than half, or a long row, is load, with what the server was left with") {
  OverloadShare row;
  play_noise(row, 99, 50);
  for (int i = 0; i < 7; ++i) row.overloaded(row.sent(), 64);
  CHECK_FALSE(row.is_load());
  row.overloaded(row.sent(), 64);
  CHECK(row.is_load());

  OverloadShare half;
  for (int i = 0; i < 60; ++i) {
    const auto number = half.sent();
    if (i % 5 < 3) {
      half.overloaded(number, 30);
    } else {
      half.answered(number);
    }
  }
  CHECK(half.is_load());
  CHECK(half.left() == 30);
}
