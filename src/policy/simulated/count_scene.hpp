#pragma once

#include "tally.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace viltree::simulated {

/// Shapes in rows; asks how many there are of one colour and shape, counted row by row.
class CountScene final : public TallyScene {
 public:
  enum class Shape : std::uint8_t { kCircle, kSquare, kTriangle, kDiamond };
  struct Figure {
    Shape shape = Shape::kCircle;
    Colour colour = Colour::kRed;
    int column = 0;
    friend bool operator==(const Figure&, const Figure&) = default;
  };

  explicit CountScene(core::Random& random);

  [[nodiscard]] std::string_view family() const override { return "count"; }
  [[nodiscard]] std::string question() const override;
  [[nodiscard]] std::string answer() const override { return std::to_string(tally()); }
  [[nodiscard]] Canvas draw() const override;

  [[nodiscard]] const std::vector<std::vector<Figure>>& rows() const { return rows_; }
  /// The shape and the colour that are asked for.
  [[nodiscard]] const Figure& target() const { return target_; }

 protected:
  void finish(MoveList& list, const State& state, double mass) const override;

 private:
  [[nodiscard]] Item make_item(std::size_t row, bool any_shape) const;
  [[nodiscard]] Figure draw_figure(core::Random& random, int column) const;
  void word();

  Figure target_;
  std::vector<std::vector<Figure>> rows_;
};

}  // namespace viltree::simulated
