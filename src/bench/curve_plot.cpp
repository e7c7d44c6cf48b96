#include "curve_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>

namespace viltree::bench {

namespace {

constexpr double kPanelWidth = 340;
constexpr double kPanelHeight = 300;
constexpr double kGap = 62;
constexpr double kTop = 64;
constexpr std::size_t kPanelsInRow = 3;
constexpr double kLegendLine = 17;
constexpr double kLegendColumn = 260;
constexpr std::array<std::string_view, 12> kColours = {"#1b6ca8", "#c8442e", "#2e8b57", "#8a4fbf",
                                                       "#d98c00", "#17888f", "#b03a73", "#6b6b2a",
                                                       "#4a5a8f", "#8c5a3c", "#5f9e2f", "#444444"};

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string text_at(double x, double y, std::string_view text, std::string_view style) {
  return "<text x='" + number(x) + "' y='" + number(y) + "' " + std::string(style) + ">" + escaped(text) +
         "</text>\n";
}

std::string line_at(Point from, Point to, std::string_view style) {
  return "<line x1='" + number(from.x) + "' y1='" + number(from.y) + "' x2='" + number(to.x) + "' y2='" +
         number(to.y) + "' " + std::string(style) + "/>\n";
}

bool is_drawn(const Point& point) {
  return std::isfinite(point.x) && std::isfinite(point.y) && point.x > 0;
}

/// What all panels show, x in powers of ten.
struct Range {
  double least_x = std::numeric_limits<double>::infinity();
  double most_x = -std::numeric_limits<double>::infinity();
  double most_y = 0;
};

Range range_of(std::span<const Panel> panels) {
  Range range;
  for (const Panel& panel : panels) {
    for (const Curve& curve : panel.curves) {
      for (const Point& point : curve.points) {
        if (!is_drawn(point)) continue;
        range.least_x = std::min(range.least_x, std::log10(point.x));
        range.most_x = std::max(range.most_x, std::log10(point.x));
        range.most_y = std::max(range.most_y, point.y);
      }
    }
  }
  if (range.least_x > range.most_x) range = {0, 1, 1};
  if (range.most_x - range.least_x < 0.1) range.most_x = range.least_x + 0.1;
  range.most_y = std::max(0.02, std::ceil(range.most_y * 50) / 50);
  return range;
}

/// One pair of axes at a place on the page.
class Axes {
 public:
  Axes(Point corner, const Range& range) : corner_(corner), range_(range) {}

  [[nodiscard]] Point place(const Point& point) const {
    const double right = (std::log10(point.x) - range_.least_x) / (range_.most_x - range_.least_x);
    return {corner_.x + kPanelWidth * right, corner_.y + kPanelHeight * (1 - point.y / range_.most_y)};
  }

  [[nodiscard]] std::string frame(const std::string& title, const PlotLabels& labels) const {
    std::string svg = text_at(corner_.x, corner_.y - 8, title, "font-weight='bold'");
    for (int power = -3; power < 9; ++power) {
      for (const double digit : {1.0, 3.0}) svg += x_tick(digit * std::pow(10.0, power));
    }
    for (int i = 0; i <= 4; ++i) svg += y_tick(range_.most_y * i / 4);
    const Point end = {corner_.x + kPanelWidth, corner_.y + kPanelHeight};
    svg += line_at({corner_.x, end.y}, end, "stroke='#333'") +
           line_at(corner_, {corner_.x, end.y}, "stroke='#333'");
    svg += text_at(corner_.x + kPanelWidth / 2, end.y + 34, labels.x, "text-anchor='middle'");
    return svg + text_at(corner_.x, corner_.y - 24, labels.y, "fill='#555'");
  }

  [[nodiscard]] std::string curve(const Curve& curve) const {
    const std::string colour(kColours[curve.colour % kColours.size()]);
    std::string path;
    Point last;
    std::size_t drawn = 0;
    for (const Point& point : curve.points) {
      if (!is_drawn(point)) continue;
      last = place(point);
      path += (drawn++ == 0 ? "" : " ") + number(last.x) + "," + number(last.y);
    }
    if (drawn == 0) return {};
    std::string svg =
        "<circle cx='" + number(last.x) + "' cy='" + number(last.y) + "' r='3' fill='" + colour + "'/>\n";
    if (drawn == 1) return svg;
    return svg + "<polyline points='" + path + "' fill='none' stroke='" + colour + "' stroke-width='1.6'" +
           (curve.dashed ? " stroke-dasharray='5 3'" : "") + "/>\n";
  }

 private:
  [[nodiscard]] std::string x_tick(double value) const {
    if (std::log10(value) < range_.least_x || std::log10(value) > range_.most_x) return {};
    const Point at = place({value, 0});
    return line_at({at.x, corner_.y}, at, "stroke='#e4e4e4'") +
           text_at(at.x, at.y + 16, number(value), "text-anchor='middle'");
  }

  [[nodiscard]] std::string y_tick(double value) const {
    const Point at = {corner_.x, corner_.y + kPanelHeight * (1 - value / range_.most_y)};
    return line_at(at, {at.x + kPanelWidth, at.y}, "stroke='#e4e4e4'") +
           text_at(at.x - 6, at.y + 4, number(value), "text-anchor='end'");
  }

  Point corner_;
  Range range_;
};

/// A line for each name, in the order in which they first come.
std::string legend(std::span<const Panel> panels, double top, double width, double& height) {
  std::vector<Curve> seen;
  for (const Panel& panel : panels) {
    for (const Curve& curve : panel.curves) {
      const auto same = [&](const Curve& other) { return other.name == curve.name; };
      if (std::none_of(seen.begin(), seen.end(), same))
        seen.push_back({curve.name, curve.colour, curve.dashed, {}});
    }
  }
  const auto columns = std::max<std::size_t>(1, static_cast<std::size_t>((width - kGap) / kLegendColumn));
  std::string svg;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const double x = kGap + kLegendColumn * static_cast<double>(i % columns);
    const double y = top + kLegendLine * static_cast<double>(i / columns);
    svg += line_at({x, y - 4}, {x + 28, y - 4},
                   "stroke='" + std::string(kColours[seen[i].colour % kColours.size()]) +
                       "' stroke-width='2'" + (seen[i].dashed ? " stroke-dasharray='5 3'" : ""));
    svg += text_at(x + 34, y, seen[i].name, "");
  }
  height = kLegendLine * std::ceil(static_cast<double>(seen.size()) / static_cast<double>(columns));
  return svg;
}

}  // namespace

std::string plot_svg(const PlotLabels& labels, std::span<const Panel> panels) {
  const Range range = range_of(panels);
  const std::size_t in_row = std::clamp<std::size_t>(panels.size(), 1, kPanelsInRow);
  const std::size_t rows = (panels.size() + in_row - 1) / in_row;
  const double width = kGap + static_cast<double>(in_row) * (kPanelWidth + kGap);
  const double row_height = kPanelHeight + kTop + 40;
  std::string body = text_at(kGap, 24, labels.title, "font-size='15' font-weight='bold'");
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const Axes axes({kGap + static_cast<double>(i % in_row) * (kPanelWidth + kGap),
                     30 + kTop + static_cast<double>(i / in_row) * row_height},
                    range);
    body += axes.frame(panels[i].title, labels);
    for (const Curve& curve : panels[i].curves) body += axes.curve(curve);
  }
  const double legend_top = 30 + static_cast<double>(rows) * row_height + 24;
  double legend_height = 0;
  body += legend(panels, legend_top, width, legend_height);
  const std::string size = number(width) + " " + number(legend_top + legend_height + 10);
  return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + size +
         "' font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n" +
         body + "</svg>\n";
}

}  // namespace viltree::bench
