#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace viltree::simulated {

enum class Colour : std::uint8_t {
  kWhite,
  kBlack,
  kGrey,
  kLightGrey,
  kRed,
  kBlue,
  kGreen,
  kOrange,
  kPurple,
};
inline constexpr std::size_t kColours = 9;

struct Rgb {
  std::uint8_t red;
  std::uint8_t green;
  std::uint8_t blue;
};
[[nodiscard]] const std::array<Rgb, kColours>& palette();

struct Point {
  int x = 0;
  int y = 0;
};

/// A picture in palette colours, white at first. All drawing is in whole numbers, so that every machine draws
/// the same pixels; what falls outside is cut off.
class Canvas {
 public:
  Canvas(int width, int height);

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] Colour at(Point point) const;

  void rectangle(Point corner, int width, int height, Colour colour);
  void disc(Point centre, int radius, Colour colour);
  /// A filled convex polygon, its corners clockwise.
  void polygon(std::span<const Point> corners, Colour colour);
  void line(Point from, Point to, int thickness, Colour colour);
  /// Digits and capital letters, 5 by 7 dots of 2 by 2 pixels, centred on the point.
  void text(Point centre, std::string_view text, Colour colour);

 private:
  void set(int x, int y, Colour colour);

  int width_;
  int height_;
  std::vector<Colour> pixels_;
};

/// Pixels that a text is wide and high.
[[nodiscard]] int text_width(std::string_view text);
inline constexpr int kTextHeight = 14;

}  // namespace viltree::simulated
