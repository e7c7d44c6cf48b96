#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace viltree::bench {

struct Point {
  double x = 0;
  double y = 0;
};

struct Curve {
  std::string name;
  std::size_t colour = 0;  ///< the same in all panels; curves may share one
  bool dashed = false;
  std::vector<Point> points;
};

/// One pair of axes.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
};

struct PlotLabels {
  std::string title;
  std::string x;
  std::string y;
};

/// Panels side by side with a legend, as SVG. Both axes are the same in all panels, x is logarithmic; points
/// that are not finite, or not above 0 in x, are left out. A curve of one point is a dot.
[[nodiscard]] std::string plot_svg(const PlotLabels& labels, std::span<const Panel> panels);

}  // namespace viltree::bench
