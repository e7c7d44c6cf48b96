#include "canvas.hpp"

#include "font.hpp"

#include <viltree/core/check.hpp>

#include <algorithm>
#include <cstdint>

namespace viltree::simulated {

namespace {

constexpr int kDot = 2;
constexpr int kAdvance = 6 * kDot;

constexpr std::array<Rgb, kColours> kPalette = {{
    {255, 255, 255},
    {20, 20, 20},
    {140, 140, 140},
    {220, 220, 220},
    {214, 40, 40},
    {40, 90, 200},
    {40, 150, 70},
    {245, 150, 30},
    {130, 60, 160},
}};

/// Above 0 where `point` lies to the right of the way from `a` to `b` (y grows downwards).
std::int64_t side(Point a, Point b, Point point) {
  return std::int64_t{b.x - a.x} * (point.y - a.y) - std::int64_t{b.y - a.y} * (point.x - a.x);
}

}  // namespace

const std::array<Rgb, kColours>& palette() {
  return kPalette;
}

int text_width(std::string_view text) {
  return static_cast<int>(text.size()) * kAdvance - kDot;
}

Canvas::Canvas(int width, int height) : width_(width), height_(height) {
  VILTREE_CHECK(width > 0 && height > 0);
  pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), Colour::kWhite);
}

Colour Canvas::at(Point point) const {
  VILTREE_CHECK(point.x >= 0 && point.y >= 0 && point.x < width_ && point.y < height_);
  return pixels_[static_cast<std::size_t>(point.y) * static_cast<std::size_t>(width_) +
                 static_cast<std::size_t>(point.x)];
}

void Canvas::set(int x, int y, Colour colour) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)] =
      colour;
}

void Canvas::rectangle(Point corner, int width, int height, Colour colour) {
  for (int y = corner.y; y < corner.y + height; ++y) {
    for (int x = corner.x; x < corner.x + width; ++x) set(x, y, colour);
  }
}

void Canvas::disc(Point centre, int radius, Colour colour) {
  for (int dy = -radius; dy <= radius; ++dy) {
    for (int dx = -radius; dx <= radius; ++dx) {
      if (dx * dx + dy * dy <= radius * radius) set(centre.x + dx, centre.y + dy, colour);
    }
  }
}

void Canvas::polygon(std::span<const Point> corners, Colour colour) {
  const auto inside = [corners](Point point) {
    for (std::size_t i = 0; i < corners.size(); ++i) {
      if (side(corners[i], corners[(i + 1) % corners.size()], point) < 0) return false;
    }
    return true;
  };
  VILTREE_CHECK(!corners.empty());
  Point least = corners[0];
  Point most = corners[0];
  for (const Point corner : corners) {
    least = {std::min(least.x, corner.x), std::min(least.y, corner.y)};
    most = {std::max(most.x, corner.x), std::max(most.y, corner.y)};
  }
  for (int y = least.y; y <= most.y; ++y) {
    for (int x = least.x; x <= most.x; ++x) {
      if (inside({x, y})) set(x, y, colour);
    }
  }
}

void Canvas::line(Point from, Point to, int thickness, Colour colour) {
  const std::int64_t dx = to.x - from.x;
  const std::int64_t dy = to.y - from.y;
  const std::int64_t length2 = dx * dx + dy * dy;
  for (int y = std::min(from.y, to.y) - thickness; y <= std::max(from.y, to.y) + thickness; ++y) {
    for (int x = std::min(from.x, to.x) - thickness; x <= std::max(from.x, to.x) + thickness; ++x) {
      const std::int64_t along = dx * (x - from.x) + dy * (y - from.y);
      const std::int64_t across = side(from, to, {x, y});
      if (along < 0 || along > length2) continue;
      if (4 * across * across <= std::int64_t{thickness} * thickness * length2) set(x, y, colour);
    }
  }
}

void Canvas::text(Point centre, std::string_view text, Colour colour) {
  int left = centre.x - text_width(text) / 2;
  const int top = centre.y - kTextHeight / 2;
  for (const char character : text) {
    const Glyph& dots = glyph(character);
    for (int row = 0; row < 7; ++row) {
      for (int column = 0; column < 5; ++column) {
        if ((dots[static_cast<std::size_t>(row)] >> static_cast<unsigned>(4 - column) & 1U) == 0) continue;
        rectangle({left + column * kDot, top + row * kDot}, kDot, kDot, colour);
      }
    }
    left += kAdvance;
  }
}

}  // namespace viltree::simulated
