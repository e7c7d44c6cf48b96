#include "route_scene.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>

namespace viltree::simulated {

namespace {

constexpr std::size_t kColumns = 4;
constexpr std::size_t kRows = 4;
constexpr int kPitch = 88;
constexpr int kMargin = 34;
constexpr int kShift = 12;
constexpr int kTownRadius = 12;
constexpr int kOtherRoads = 70;  ///< of the roads beside the route, in percent

std::string town(std::size_t index) {
  return std::string(1, static_cast<char>('A' + index));
}

std::vector<std::size_t> neighbours(std::size_t index) {
  std::vector<std::size_t> found;
  if (index % kColumns > 0) found.push_back(index - 1);
  if (index % kColumns + 1 < kColumns) found.push_back(index + 1);
  if (index >= kColumns) found.push_back(index - kColumns);
  if (index + kColumns < kColumns * kRows) found.push_back(index + kColumns);
  return found;
}

/// A walk over `length` roads that visits no town twice; shorter where it ran into a corner.
std::vector<std::size_t> draw_walk(core::Random& random, std::size_t length) {
  std::vector<std::size_t> walk = {static_cast<std::size_t>(random.between(0, kColumns * kRows - 1))};
  while (walk.size() <= length) {
    std::vector<std::size_t> free;
    for (const std::size_t next : neighbours(walk.back())) {
      if (std::find(walk.begin(), walk.end(), next) == walk.end()) free.push_back(next);
    }
    if (free.empty()) break;
    walk.push_back(
        free[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(free.size()) - 1))]);
  }
  return walk;
}

bool follows(const std::vector<std::size_t>& walk, std::size_t a, std::size_t b) {
  for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
    if ((walk[i] == a && walk[i + 1] == b) || (walk[i] == b && walk[i + 1] == a)) return true;
  }
  return false;
}

Reading make_reading(int length) {
  return {length, 0, "is " + std::to_string(length) + " km long"};
}

}  // namespace

RouteScene::RouteScene(core::Random& random) {
  habits_ = draw_habits(random);
  const auto length = static_cast<std::size_t>(random.between(3, 7));
  do {
    route_ = draw_walk(random, length);
  } while (route_.size() <= length);
  draw_towns(random);
  draw_roads(random);
  there_and_back_ = random.between(0, 2) == 0;
  one_way_ = habits_.misread;
  for (std::size_t i = 0; i + 1 < route_.size(); ++i) items_.push_back(make_item(route_[i], route_[i + 1]));
  word();
}

void RouteScene::draw_towns(core::Random& random) {
  for (std::size_t i = 0; i < kColumns * kRows; ++i) {
    const auto shift = [&random] { return static_cast<int>(random.between(-kShift, kShift)); };
    const int x = kMargin + static_cast<int>(i % kColumns) * kPitch + shift();
    const int y = kMargin + static_cast<int>(i / kColumns) * kPitch + shift();
    towns_.push_back({x, y});
  }
}

void RouteScene::draw_roads(core::Random& random) {
  for (std::size_t a = 0; a < towns_.size(); ++a) {
    for (const std::size_t b : neighbours(a)) {
      const bool there = follows(route_, a, b) || random.between(0, 99) < kOtherRoads;
      if (b > a && there) roads_.push_back({a, b, static_cast<int>(random.between(2, 19))});
    }
  }
}

const RouteScene::Road* RouteScene::road_between(std::size_t a, std::size_t b) const {
  const auto found = std::find_if(roads_.begin(), roads_.end(), [a, b](const Road& road) {
    return (road.from == a && road.to == b) || (road.from == b && road.to == a);
  });
  return found == roads_.end() ? nullptr : &*found;
}

/// Mistaken readings are the lengths of other roads from the same town, and a digit misread.
Item RouteScene::make_item(std::size_t from, std::size_t to) const {
  const Road* road = road_between(from, to);
  VILTREE_CHECK(road != nullptr);
  std::vector<Reading> readings = {make_reading(road->length)};
  const auto add = [&readings](int length) {
    const bool known = std::any_of(readings.begin(), readings.end(),
                                   [length](const Reading& reading) { return reading.amount == length; });
    if (!known) readings.push_back(make_reading(length));
  };
  for (const std::size_t other : neighbours(from)) {
    const Road* beside = road_between(from, other);
    if (beside != nullptr) add(beside->length);
  }
  add(road->length + (road->length % 10 == 3 ? 5 : 1));
  return {"the road from " + town(from) + " to " + town(to), 1,
          make_readings(std::move(readings), habits_.misread)};
}

void RouteScene::word() {
  const std::string ends = town(route_.front()) + " to " + town(route_.back());
  wording_.careful = {"I follow the red route from " + ends + " road by road and add up the lengths.",
                      "The red route leads from " + ends + ". I write down each road on it."};
  wording_.hasty = {"I trace the red line from " + ends + " in one go.",
                    "From " + ends + ", a quick sum of the red roads will do."};
  wording_.reading = {"{Item} {words}, so the route has {total} km so far.",
                      "Next, {item} {words}. {before} km become {total} km.",
                      "On the map, {item} {words}, which makes {total} km."};
}

std::string RouteScene::question() const {
  return "The red route leads from " + town(route_.front()) + " to " + town(route_.back()) +
         ". The numbers are the lengths of the roads in km. How many km is it along the red route" +
         (there_and_back_ ? ", there and back?" : "?");
}

std::string RouteScene::answer() const {
  return std::to_string(there_and_back_ ? 2 * tally() : tally());
}

Canvas RouteScene::draw() const {
  Canvas canvas(2 * kMargin + static_cast<int>(kColumns - 1) * kPitch,
                2 * kMargin + static_cast<int>(kRows - 1) * kPitch);
  for (const Road& road : roads_) {
    const bool red = follows(route_, road.from, road.to);
    canvas.line(towns_[road.from], towns_[road.to], red ? 6 : 3, red ? Colour::kRed : Colour::kGrey);
  }
  for (const Road& road : roads_) {
    const Point a = towns_[road.from];
    const Point b = towns_[road.to];
    const Point middle = {(a.x + b.x) / 2, (a.y + b.y) / 2};
    const std::string length = std::to_string(road.length);
    const int width = text_width(length) + 4;
    canvas.rectangle({middle.x - width / 2, middle.y - 9}, width, 18, Colour::kWhite);
    canvas.text(middle, length, Colour::kBlack);
  }
  for (std::size_t i = 0; i < towns_.size(); ++i) {
    const bool on_route = std::find(route_.begin(), route_.end(), i) != route_.end();
    canvas.disc(towns_[i], kTownRadius, on_route ? Colour::kRed : Colour::kGrey);
    canvas.disc(towns_[i], kTownRadius - 2, Colour::kWhite);
    canvas.text(towns_[i], town(i), Colour::kBlack);
  }
  return canvas;
}

void RouteScene::finish(MoveList& list, const State& state, double mass) const {
  State next = state;
  next.done = true;
  static const Phrasings one_way = {"That is the end of the red route. The answer is \\boxed{{total}}.",
                                    "The whole route is {total} km long. The answer is \\boxed{{total}}."};
  static const Phrasings both_ways = {
      "There and back is twice {total} km, which is {double} km. The answer is \\boxed{{double}}.",
      "The way back doubles it to {double} km. The answer is \\boxed{{double}}."};
  const std::string total = std::to_string(state.total);
  const std::string doubled = std::to_string(2 * state.total);
  const double back = there_and_back_ ? mass * (1 - one_way_) : 0;
  list.add(one_way, {{"total", total}}, mass - back, next);
  list.add(both_ways, {{"total", total}, {"double", doubled}}, back, next);
}

}  // namespace viltree::simulated
