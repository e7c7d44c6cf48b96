#include <viltree/archive/totals.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::archive;

TEST_CASE("totals: completions that were thrown away count where nobody counted them") {
  domain::TreeEvent event;
  event.rollouts.resize(3);
  event.bill.discarded = 2;
  Totals totals;
  totals.add(event);
  CHECK(totals.uncounted == 5);
  event.bill.usage.completion_tokens = 70;
  totals.add(event);
  CHECK(totals.uncounted == 5);
}
