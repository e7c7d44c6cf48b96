#include "curve_plot.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree::bench;

namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("plot: a line a curve, a name once, and nothing that is not a number") {
  const std::vector<Panel> panels = {
      {"one", {{"a < b", 0, false, {{10, 0.1}, {100, 0.2}}}, {"dot", 1, false, {{50, 0.1}}}}},
      {"two", {{"a < b", 0, false, {{20, 0.1}, {0, 0.1}, {NAN, 0.2}, {30, 0.3}}}, {"none", 2, true, {}}}},
  };
  const std::string svg = plot_svg({"title & more", "x", "y"}, panels);
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<polyline") == 2);
  CHECK(count(svg, "a &lt; b</text>") == 1);
  CHECK(count(svg, "title &amp; more") == 1);
  CHECK(count(svg, "nan") == 0);
  CHECK(count(svg, "inf") == 0);
}

TEST_CASE("plot: without curves there are axes alone") {
  const std::string svg = plot_svg({"t", "x", "y"}, std::vector<Panel>{{"empty", {}}});
  CHECK(count(svg, "<polyline") == 0);
  CHECK(count(svg, "nan") == 0);
  CHECK(count(svg, "empty") == 1);
}
