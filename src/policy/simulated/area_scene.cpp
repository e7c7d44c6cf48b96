#include "area_scene.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>

namespace viltree::simulated {

namespace {

constexpr int kColumns = 13;
constexpr int kCell = 22;
constexpr int kMargin = 12;

AreaScene::Strip draw_strip(core::Random& random) {
  const auto left = static_cast<int>(random.between(0, kColumns - 3));
  const auto right = static_cast<int>(random.between(left + 2, kColumns));
  return {left, right, static_cast<int>(random.between(1, 2))};
}

/// Touches the strip above, and both its edges are elsewhere, so that one sees where it begins.
bool fits_below(const AreaScene::Strip& above, const AreaScene::Strip& strip) {
  const bool touches = strip.left < above.right && above.left < strip.right;
  return touches && strip.left != above.left && strip.right != above.right;
}

std::string squares(int count) {
  return std::to_string(count) + (count == 1 ? " square" : " squares");
}

Reading make_reading(int width, int height, int product) {
  std::string words = "is " + squares(width) + " wide";
  if (height > 1) words += " and " + std::to_string(height) + " high, which is " + squares(product);
  return {product, 0, std::move(words)};
}

}  // namespace

AreaScene::AreaScene(core::Random& random) {
  habits_ = draw_habits(random);
  const std::int64_t count = random.between(3, 6);
  strips_.push_back(draw_strip(random));
  while (static_cast<std::int64_t>(strips_.size()) < count) {
    const Strip strip = draw_strip(random);
    if (fits_below(strips_.back(), strip)) strips_.push_back(strip);
  }
  side_ = static_cast<int>(random.between(1, 4));
  unscaled_ = habits_.misread * 0.8;
  scaled_by_side_ = habits_.misread;
  for (std::size_t i = 0; i < strips_.size(); ++i) items_.push_back(make_item(i));
  word();
}

Item AreaScene::make_item(std::size_t index) const {
  const Strip& strip = strips_[index];
  const int width = strip.width();
  const int height = strip.height;
  std::vector<Reading> readings = {make_reading(width, height, width * height),
                                   make_reading(width + 1, height, (width + 1) * height),
                                   make_reading(width - 1, height, (width - 1) * height)};
  if (height > 1) readings.push_back(make_reading(width, height - 1, width * (height - 1)));
  const double wide = 0.3 + 0.14 * width;
  return {"strip " + std::to_string(index + 1), 1,
          make_readings(std::move(readings), habits_.misread * wide)};
}

void AreaScene::word() {
  const std::string count = std::to_string(strips_.size());
  wording_.careful = {
      "I cut the figure into " + count + " horizontal strips and add up their squares, from the top.",
      "The figure consists of " + count + " strips; I number them from the top and count squares."};
  wording_.hasty = {"The figure is simple enough to estimate its " + count + " strips by eye.",
                    "I go quickly through the strips from top to bottom."};
  wording_.reading = {"{Item} {words}: {total} squares so far.",
                      "Now {item}: it {words}. That takes the number of squares from {before} to {total}.",
                      "I find that {item} {words}, and the sum is now {total}."};
}

std::string AreaScene::question() const {
  return "Each square of the grid has sides of " + std::to_string(side_) +
         " cm. What is the area of the blue figure, in square centimetres?";
}

std::string AreaScene::answer() const {
  return std::to_string(tally() * side_ * side_);
}

Canvas AreaScene::draw() const {
  int rows = 0;
  for (const Strip& strip : strips_) rows += strip.height;
  Canvas canvas(2 * kMargin + kColumns * kCell + 1, 2 * kMargin + (rows + 2) * kCell + 1);
  int row = 1;
  for (const Strip& strip : strips_) {
    canvas.rectangle({kMargin + strip.left * kCell, kMargin + row * kCell}, strip.width() * kCell,
                     strip.height * kCell, Colour::kBlue);
    row += strip.height;
  }
  for (int column = 0; column <= kColumns; ++column) {
    canvas.rectangle({kMargin + column * kCell, kMargin}, 1, (rows + 2) * kCell + 1, Colour::kGrey);
  }
  for (int line = 0; line <= rows + 2; ++line) {
    canvas.rectangle({kMargin, kMargin + line * kCell}, kColumns * kCell + 1, 1, Colour::kGrey);
  }
  return canvas;
}

void AreaScene::finish(MoveList& list, const State& state, double mass) const {
  const auto conclude = [&](int factor, double probability) {
    State next = state;
    next.done = true;
    static const Phrasings plain = {
        "One square is taken as 1 square centimetre. The answer is \\boxed{{area}}."};
    static const Phrasings scaled = {
        "Each square covers {factor} square centimetres, and {total} times {factor} is {area}. "
        "The answer is \\boxed{{area}}.",
        "With {factor} square centimetres a square, the area is {area}. The answer is "
        "\\boxed{{area}}."};
    list.add(factor == 1 ? plain : scaled,
             {{"total", std::to_string(state.total)},
              {"factor", std::to_string(factor)},
              {"area", std::to_string(state.total * factor)}},
             mass * probability, next);
  };
  if (side_ == 1) return conclude(1, 1);
  conclude(side_ * side_, 1 - unscaled_ - scaled_by_side_);
  conclude(side_, scaled_by_side_);
  conclude(1, unscaled_);
}

}  // namespace viltree::simulated
