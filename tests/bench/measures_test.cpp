#include "label_measures.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree::bench;

namespace {

ScoredLabel label(float value, float truth, float lo, float hi, std::uint16_t depth = 1,
                  std::uint32_t problem = 0) {
  return {value, truth, lo, hi, depth, problem};
}

}  // namespace

TEST_CASE("measures: error, side, coverage and width are those worked by hand") {
  const std::vector<ScoredLabel> labels = {
      label(0.5F, 0.25F, 0.25F, 0.75F, 1, 0),  // covered at its edge, wrong side
      label(0.25F, 0.5F, 0.0F, 0.25F, 2, 0),   // not covered, wrong side
      label(1.0F, 1.0F, 0.5F, 1.0F, 3, 1),
      label(0.75F, 0.5F, 0.5F, 1.0F, 4, 1),
  };
  const LabelMeasures measures = measure(labels);
  CHECK(measures.labels == 4);
  CHECK(measures.rmse == doctest::Approx(std::sqrt(3 * 0.0625 / 4)));
  CHECK(measures.signed_error.mean == doctest::Approx(0.0625));
  // Sums of deviations: problem 0: 0 - 2/16, problem 1: 1/4 - 2/16.
  CHECK(measures.signed_error.standard_error == doctest::Approx(std::sqrt(2 * 0.125 * 0.125) / 4));
  CHECK(measures.slope ==
        doctest::Approx((-0.125 * -0.3125 + -0.375 * -0.0625 + 0.375 * 0.4375 + 0.125 * -0.0625) /
                        (2 * 0.125 * 0.125 + 2 * 0.375 * 0.375)));
  CHECK(measures.wrong_side == doctest::Approx(0.5));
  CHECK(measures.covered == doctest::Approx(0.75));
  CHECK(measures.half_width == doctest::Approx((0.5 + 0.25 + 0.5 + 0.5) / 8));
  CHECK(measures.certain_covered == 0);  // the one label with the narrowest interval
  CHECK(signed_error_at(labels, 2, 3).mean == doctest::Approx(-0.125));
  CHECK(std::isnan(signed_error_at(labels, 5, 9).mean));
}

TEST_CASE("measures: without labels there are no numbers") {
  const LabelMeasures measures = measure({});
  CHECK(measures.labels == 0);
  CHECK(std::isnan(measures.rmse));
  CHECK(std::isnan(measures.covered));
  CHECK(errors_by_certainty({}).empty());
  CHECK(labels_at_error({}, 1) == 0);
  CHECK(std::isnan(geometric_mean({})));
}

TEST_CASE("measures: Wilson's interval holds published values, and 0 and 1 at the ends") {
  const Interval half = wilson(5, 10);
  CHECK(half.lo == doctest::Approx(0.2366).epsilon(1e-3));
  CHECK(half.hi == doctest::Approx(0.7634).epsilon(1e-3));
  CHECK(wilson(0, 8).lo == 0);
  CHECK(wilson(0, 8).hi == doctest::Approx(0.3244).epsilon(1e-3));
  CHECK(wilson(8, 8).hi == 1);
}

TEST_CASE("measures: at an error count the most certain labels, as many as there can be") {
  const std::vector<ScoredLabel> labels = {
      label(0.9F, 0.5F, 0.0F, 1.0F),   // the least certain, off by 0.4
      label(0.5F, 0.4F, 0.45F, 0.5F),  // the most certain, off by 0.1
      label(0.5F, 0.5F, 0.4F, 0.6F),   // right
  };
  const auto errors = errors_by_certainty(labels);
  REQUIRE(errors.size() == 3);
  CHECK(errors[0] == doctest::Approx(0.1));
  CHECK(errors[1] == doctest::Approx(std::sqrt(0.01 / 2)));
  CHECK(errors[2] == doctest::Approx(std::sqrt(0.17 / 3)));
  CHECK(labels_at_error(errors, 0.01) == 0);
  CHECK(labels_at_error(errors, 0.08) == 2);  // though the first alone is above
  CHECK(labels_at_error(errors, errors[2]) == 3);
}

TEST_CASE("measures: the area under the curve counts pairs, ties half") {
  CHECK(area_under_roc({{0.9F, true}, {0.1F, false}, {0.8F, true}, {0.2F, false}}) == 1.0);
  CHECK(area_under_roc({{0.5F, true}, {0.5F, false}}) == 0.5);
  CHECK(area_under_roc({{0.9F, false}, {0.5F, true}, {0.5F, false}, {0.1F, false}}) == doctest::Approx(0.5));
  CHECK_FALSE(area_under_roc({{0.5F, true}}).has_value());
  CHECK_FALSE(area_under_roc({}).has_value());
}

TEST_CASE("measures: the geometric mean of 2 and 8 is 4") {
  CHECK(geometric_mean(std::vector<double>{2, 8}) == doctest::Approx(4));
}
