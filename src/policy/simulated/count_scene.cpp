#include "count_scene.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>
#include <array>

namespace viltree::simulated {

namespace {

using Shape = CountScene::Shape;

constexpr int kColumns = 9;
constexpr int kCell = 36;
constexpr int kMargin = 28;
constexpr int kRadius = 12;
constexpr std::array kColoursUsed = {Colour::kRed, Colour::kBlue, Colour::kGreen, Colour::kOrange};
constexpr std::array<std::string_view, 4> kColourNames = {"red", "blue", "green", "orange"};
constexpr std::array<std::string_view, 4> kShapeNames = {"circle", "square", "triangle", "diamond"};

std::string colour_name(Colour colour) {
  const auto at = std::find(kColoursUsed.begin(), kColoursUsed.end(), colour) - kColoursUsed.begin();
  return std::string(kColourNames[static_cast<std::size_t>(at)]);
}

std::string shape_name(Shape shape) {
  return std::string(kShapeNames[static_cast<std::size_t>(shape)]);
}

std::string has(int count, const std::string& what) {
  if (count == 0) return "has no " + what;
  return "has " + std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

Shape draw_shape(core::Random& random) {
  return static_cast<Shape>(random.between(0, 3));
}

Colour draw_colour(core::Random& random) {
  return kColoursUsed[static_cast<std::size_t>(random.between(0, kColoursUsed.size() - 1))];
}

void draw_figure_at(Canvas& canvas, const CountScene::Figure& figure, Point centre) {
  const auto [x, y] = centre;
  switch (figure.shape) {
    case Shape::kCircle:
      return canvas.disc(centre, kRadius, figure.colour);
    case Shape::kSquare:
      return canvas.rectangle({x - 11, y - 11}, 22, 22, figure.colour);
    case Shape::kTriangle:
      return canvas.polygon(std::array<Point, 3>{{{x, y - 13}, {x + 13, y + 10}, {x - 13, y + 10}}},
                            figure.colour);
    case Shape::kDiamond:
      return canvas.polygon(std::array<Point, 4>{{{x, y - 14}, {x + 10, y}, {x, y + 14}, {x - 10, y}}},
                            figure.colour);
  }
}

}  // namespace

CountScene::CountScene(core::Random& random) {
  habits_ = draw_habits(random);
  target_ = {draw_shape(random), draw_colour(random), 0};
  rows_.resize(static_cast<std::size_t>(random.between(3, 7)));
  for (auto& row : rows_) {
    const std::int64_t filling = random.between(35, 95);
    for (int column = 0; column < kColumns; ++column) {
      if (random.between(0, 99) < filling) row.push_back(draw_figure(random, column));
    }
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    items_.push_back(make_item(row, false));
    misled_items_.push_back(make_item(row, true));
  }
  word();
}

CountScene::Figure CountScene::draw_figure(core::Random& random, int column) const {
  const bool wanted = random.between(0, 99) < 30;
  const Shape shape = wanted || random.between(0, 99) < 25 ? target_.shape : draw_shape(random);
  const Colour colour = wanted || random.between(0, 99) < 25 ? target_.colour : draw_colour(random);
  return {shape, colour, column};
}

Item CountScene::make_item(std::size_t row, bool any_shape) const {
  int count = 0;
  int alike = 0;
  for (const Figure& figure : rows_[row]) {
    const bool colour = figure.colour == target_.colour;
    const bool shape = any_shape || figure.shape == target_.shape;
    if (colour && shape) ++count;
    if (colour != shape) ++alike;
  }
  const std::string what =
      colour_name(target_.colour) + ' ' + (any_shape ? "shape" : shape_name(target_.shape));
  const auto reading = [&what](int amount) { return Reading{amount, 0, has(amount, what)}; };
  std::vector<Reading> readings = {reading(count), reading(count + 1)};
  if (count > 0) readings.push_back(reading(count - 1));
  if (count > 3) readings.push_back(reading(count - 2));
  const double crowded = 0.5 + 0.12 * count + 0.08 * alike;
  return {"row " + std::to_string(row + 1), 1, make_readings(std::move(readings), habits_.misread * crowded)};
}

void CountScene::word() {
  const std::string colour = colour_name(target_.colour);
  const std::string what = colour + ' ' + shape_name(target_.shape) + 's';
  const std::string rows = std::to_string(rows_.size());
  wording_.careful = {
      "I will go through the " + rows + " rows from top to bottom and count the " + what + ".",
      "To find the number of " + what + ", I count them row by row and keep a running total.",
      "The picture has " + rows + " rows. I add up the " + what + " of each."};
  wording_.hasty = {"A quick look along the rows should be enough to count the " + what + ".",
                    "The " + what + " stand out, so I run through the rows quickly."};
  wording_.misled = {
      "I need the number of " + colour + " shapes, so I count everything " + colour + " row by row.",
      "The question is about the colour " + colour + ", so I count all " + colour + " shapes."};
  wording_.reading = {"{Item} {words}, which makes {total} so far.",
                      "Looking at {item}, I see that it {words}. Together that is {total}.",
                      "{Item} {words}, so the count goes from {before} to {total}."};
  wording_.reconsidered = {"Wait, the question asks only for the " + what + ", so I start the count again.",
                           "I have been counting every " + colour + " shape, but only " + what +
                               " are wanted. I begin again at row 1."};
}

std::string CountScene::question() const {
  return "How many " + colour_name(target_.colour) + ' ' + shape_name(target_.shape) +
         "s are in the picture?";
}

Canvas CountScene::draw() const {
  Canvas canvas(kMargin + kColumns * kCell + 8, static_cast<int>(rows_.size()) * kCell + 8);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const int y = 4 + static_cast<int>(row) * kCell + kCell / 2;
    canvas.text({kMargin / 2, y}, std::to_string(row + 1), Colour::kGrey);
    for (const Figure& figure : rows_[row]) {
      draw_figure_at(canvas, figure, {kMargin + figure.column * kCell + kCell / 2, y});
    }
    if (row > 0) canvas.rectangle({4, y - kCell / 2}, canvas.width() - 8, 1, Colour::kLightGrey);
  }
  return canvas;
}

void CountScene::finish(MoveList& list, const State& state, double mass) const {
  State next = state;
  next.done = true;
  static const Phrasings phrasings = {
      "All rows are counted. The answer is \\boxed{{total}}.",
      "That was the last row, so there are {total} of them. The answer is \\boxed{{total}}."};
  list.add(phrasings, {{"total", std::to_string(state.total)}}, mass, next);
}

}  // namespace viltree::simulated
