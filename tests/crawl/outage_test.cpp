#include "outage.hpp"

#include <doctest/doctest.h>

using namespace viltree::crawl;
using std::chrono::seconds;

TEST_CASE("outage: pauses double, late failures do not lengthen them, an answer ends it") {
  Outage outage(seconds(100));
  CHECK_FALSE(outage.lasts());
  CHECK(outage.failed(seconds(10), "reset") == Outage::Change::kBegan);
  CHECK_FALSE(outage.may_try(seconds(10)));
  CHECK(outage.failed(seconds(10), "reset too") == Outage::Change::kGoesOn);  // was under way
  CHECK(outage.may_try(seconds(11)));
  CHECK(outage.failed(seconds(11), "refused") == Outage::Change::kGoesOn);
  CHECK(outage.reason() == "refused");
  CHECK_FALSE(outage.may_try(seconds(12)));
  CHECK(outage.may_try(seconds(13)));
  CHECK(outage.answered());
  CHECK_FALSE(outage.answered());
  CHECK_FALSE(outage.lasts());
}

TEST_CASE("outage: beyond the patience it is too long") {
  Outage outage(seconds(5));
  (void)outage.failed(seconds(0), "down");
  CHECK(outage.failed(seconds(1), "down") == Outage::Change::kGoesOn);
  CHECK(outage.failed(seconds(5), "down") == Outage::Change::kTooLong);
}
