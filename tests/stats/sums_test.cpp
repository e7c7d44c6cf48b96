#include <viltree/stats/stats.hpp>
#include <viltree/stats/sums.hpp>

#include <doctest/doctest.h>

using namespace viltree::stats;
using doctest::Approx;

TEST_CASE("sums: a share of nothing is unknown") {
  CHECK_FALSE(share(std::uint64_t{0}, std::uint64_t{0}));
  CHECK(share(std::uint64_t{1}, std::uint64_t{4}) == 0.25);
  CHECK_FALSE(Mean{}.mean());
}

TEST_CASE("sums: a cell of a histogram holds its lower end, the last one its upper, too") {
  Histogram histogram(0, 1);
  for (const double value : {0.0, 0.099, 0.1, 0.3, 3.0 / 10, 0.7, 1.0 - 0.3, 0.99, 1.0}) histogram.add(value);
  CHECK(histogram.cells == std::array<std::uint64_t, 10>{2, 1, 0, 2, 0, 0, 0, 2, 0, 2});
  CHECK(histogram.edge(3) == 0.3);
  CHECK(histogram.edge(10) == 1);
  Histogram signs(-1, 1);
  for (const double value : {-1.0, -0.8, 0.0, 1.0, 2.0, -7.0}) signs.add(value);
  CHECK(signs.cells == std::array<std::uint64_t, 10>{2, 1, 0, 0, 0, 1, 0, 0, 0, 2});
  CHECK(signs.edge(0) == -1);
  CHECK(signs.edge(4) == -0.2);
}

TEST_CASE("sums: Pearson's correlation by hand") {
  Correlation half;  // (1,1) (2,3) (3,2)
  half.add(1, 1);
  CHECK_FALSE(half.value());
  half.add(2, 3);
  CHECK(half.value() == Approx(1));
  half.add(3, 2);
  CHECK(half.value() == Approx(0.5));
  CHECK(half.count == 3);
  Correlation flat;
  for (int i = 0; i < 10; ++i) flat.add(0.1, i);
  CHECK_FALSE(flat.value());
}

TEST_CASE("sums: correlations of parts add up to that of the whole") {
  Correlation whole;
  Correlation first;
  Correlation second;
  for (int i = 0; i < 20; ++i) {
    const double x = i * i % 7;
    const double y = i % 5 - x / 3;
    whole.add(x, y);
    (i < 8 ? first : second).add(x, y);
  }
  Correlation sum;
  sum.add(Correlation{});
  sum.add(first);
  sum.add(Correlation{});
  sum.add(second);
  CHECK(sum.count == 20);
  CHECK(sum.value() == Approx(*whole.value()));
  Correlation flat;
  for (int i = 0; i < 3; ++i) {
    Correlation part;
    part.add(0.1, i);
    part.add(0.1, i + 1);
    flat.add(part);
  }
  CHECK_FALSE(flat.value());
}

TEST_CASE("sums: Wilson's interval") {
  CHECK(wilson(8, 10).lo == Approx(0.4902).epsilon(0.001));
  CHECK(wilson(8, 10).hi == Approx(0.9433).epsilon(0.001));
  CHECK(wilson(0, 8).lo == 0);
  CHECK(wilson(0, 8).hi == Approx(0.3244).epsilon(0.001));
  CHECK(wilson(8, 8).lo == Approx(0.6756).epsilon(0.001));
  CHECK(wilson(8, 8).hi == 1);
}

TEST_CASE("sums: widths and their median") {
  Widths widths;
  CHECK_FALSE(widths.median());
  for (const double width : {0.9, 0.1, 0.2, 0.5, 0.0502}) widths.add(width);
  CHECK(widths.median() == 0.2);
  CHECK(widths.within_tenth == 2);
  CHECK(widths.within_fifth == 3);
  CHECK(widths.within_half == 4);
  Widths more;
  more.add(0.05);
  widths.add(more);
  CHECK(widths.median() == 0.1);  // the lower one of 0.1 and 0.2
  CHECK(widths.median_of_unknown() == 0.1);
  for (int i = 0; i < 8; ++i) widths.add(0);
  CHECK(widths.known == 8);
  CHECK(widths.median() == 0);
  CHECK(widths.median_of_unknown() == 0.1);
  Widths zeros;
  zeros.add(0);
  CHECK_FALSE(zeros.median_of_unknown());
}
