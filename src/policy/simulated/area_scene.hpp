#pragma once

#include "tally.hpp"

#include <string>
#include <vector>

namespace viltree::simulated {

/// A rectilinear figure on a grid; asks for its area, found strip by strip and multiplied by a square's area.
class AreaScene final : public TallyScene {
 public:
  /// Rows of squares of equal extent, from column `left` up to before column `right`.
  struct Strip {
    int left = 0;
    int right = 0;
    int height = 1;
    [[nodiscard]] int width() const { return right - left; }
  };

  explicit AreaScene(core::Random& random);

  [[nodiscard]] std::string_view family() const override { return "area"; }
  [[nodiscard]] std::string question() const override;
  [[nodiscard]] std::string answer() const override;
  [[nodiscard]] Canvas draw() const override;

  [[nodiscard]] const std::vector<Strip>& strips() const { return strips_; }
  /// Length of a square's side in centimetres.
  [[nodiscard]] int side() const { return side_; }

 protected:
  void finish(MoveList& list, const State& state, double mass) const override;

 private:
  [[nodiscard]] Item make_item(std::size_t index) const;
  void word();

  std::vector<Strip> strips_;
  int side_ = 1;
  double unscaled_ = 0;        ///< probability to forget the squares' size
  double scaled_by_side_ = 0;  ///< probability to multiply by the side, not by its square
};

}  // namespace viltree::simulated
