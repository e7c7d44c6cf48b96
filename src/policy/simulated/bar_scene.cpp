#include "bar_scene.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace viltree::simulated {

namespace {

constexpr int kUnit = 11;
constexpr int kTop = 20;
constexpr int kLeft = 36;
constexpr int kBarWidth = 24;
constexpr int kPitch = 40;
constexpr int kMargin = 12;
constexpr std::size_t kOptions = 4;
constexpr std::array kSharesWhereOffered = {0.98, 0.01, 0.005, 0.005};
constexpr std::array kSharesByDistance = {0.6, 0.25, 0.1, 0.05};

std::string letter(std::size_t option) {
  return std::string(1, static_cast<char>('A' + option));
}

int result_of(const std::vector<BarScene::Bar>& bars) {
  int sum = 0;
  for (const auto& bar : bars) sum += bar.sign * bar.height;
  return sum;
}

std::vector<BarScene::Bar> draw_bars(core::Random& random) {
  std::vector<BarScene::Bar> bars;
  const std::int64_t count = random.between(2, 7);
  const bool comparing = count < 4 || random.between(0, 1) == 1;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool taken_away = comparing && i > 0 && (i + 1 == count || random.between(0, 99) < 40);
    const auto height = static_cast<int>(random.between(2, kTop));
    bars.push_back({static_cast<char>('P' + i), height, taken_away ? -1 : 1});
  }
  return bars;
}

}  // namespace

BarScene::BarScene(core::Random& random) {
  habits_ = draw_habits(random);
  do {
    bars_ = draw_bars(random);
  } while (result_of(bars_) <= 0);
  for (const Bar& bar : bars_) {
    items_.push_back(make_item(bar, false));
    if (compares()) misled_items_.push_back(make_item(bar, true));
  }
  draw_options(random);
  word();
}

bool BarScene::compares() const {
  return bars_.back().sign < 0;
}

Item BarScene::make_item(const Bar& bar, bool adds_all) const {
  const int sign = adds_all ? 1 : bar.sign;
  const auto reading = [&](int height) {
    return Reading{height, 0, "reaches " + std::to_string(height) + (sign < 0 ? " and is taken away" : "")};
  };
  std::vector<Reading> readings = {reading(bar.height), reading(bar.height + 1), reading(bar.height - 1)};
  if (bar.height > 5) readings.push_back(reading(bar.height - 5));
  const double off_the_grid = bar.height % 5 == 0 ? 0.6 : 2.0;
  return {std::string("bar ") + bar.name, sign,
          make_readings(std::move(readings), habits_.misread * off_the_grid)};
}

void BarScene::draw_options(core::Random& random) {
  constexpr std::array kOffsets = {-10, -5, -2, -1, 1, 2, 5, 10};
  options_.push_back(tally());
  while (options_.size() < kOptions) {
    const int option = tally() + kOffsets[static_cast<std::size_t>(random.between(0, kOffsets.size() - 1))];
    if (option > 0 && std::find(options_.begin(), options_.end(), option) == options_.end()) {
      options_.push_back(option);
    }
  }
  std::sort(options_.begin(), options_.end());
}

std::string BarScene::group(int sign) const {
  std::vector<std::string> names;
  for (const Bar& bar : bars_) {
    if (bar.sign == sign) names.emplace_back(1, bar.name);
  }
  std::string text = names.size() == 1 ? "bar " : "bars ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string BarScene::question() const {
  std::string text = "What is the total height of all bars in the chart?";
  if (compares()) {
    text = "In the chart, by how much is the total height of " + group(1) + " greater than that of " +
           group(-1) + '?';
  }
  for (std::size_t i = 0; i < kOptions; ++i) text += "\n(" + letter(i) + ") " + std::to_string(options_[i]);
  return text;
}

std::string BarScene::answer() const {
  const auto right = std::find(options_.begin(), options_.end(), tally()) - options_.begin();
  return letter(static_cast<std::size_t>(right));
}

std::vector<std::string> BarScene::choices() const {
  std::vector<std::string> texts;
  for (const int option : options_) texts.push_back(std::to_string(option));
  return texts;
}

void BarScene::word() {
  wording_.careful = {"I read the bars from left to right and keep a running total.",
                      "First the heights: I take the bars one by one and add them up."};
  wording_.hasty = {"The heights can be read at a glance, so I go quickly from left to right.",
                    "I estimate the bars without following the grid lines."};
  if (compares()) {
    wording_.careful = {"The heights of " + group(1) + " count, those of " + group(-1) +
                            " are taken away. I go from left to right.",
                        "I add what " + group(1) + " show and subtract what belongs to " + group(-1) + "."};
    wording_.misled = {"I need the total height, so I add up all bars from left to right.",
                       "All bars have to be added; I start at the left."};
    wording_.reconsidered = {
        "Wait, the heights of " + group(-1) + " must be taken away, so I start again.",
        "The question asks for a difference, not for the sum. I begin again at the left."};
  }
  wording_.reading = {"{Item} {words}. The result goes from {before} to {total}.",
                      "I see that {item} {words}, which brings the result to {total}.",
                      "Next is {item}: it {words}, and so I have {total}."};
}

Canvas BarScene::draw() const {
  const int right = kLeft + static_cast<int>(bars_.size()) * kPitch + kMargin;
  const int bottom = kMargin + kTop * kUnit;
  Canvas canvas(right + kMargin, bottom + 28);
  for (int height = 0; height <= kTop; ++height) {
    const int y = bottom - height * kUnit;
    canvas.rectangle({kLeft, y}, right - kLeft, 1, height % 5 == 0 ? Colour::kGrey : Colour::kLightGrey);
    if (height % 5 == 0) canvas.text({kLeft / 2, y}, std::to_string(height), Colour::kBlack);
  }
  constexpr std::array kFills = {Colour::kBlue, Colour::kOrange, Colour::kGreen, Colour::kPurple};
  for (std::size_t i = 0; i < bars_.size(); ++i) {
    const int x = kLeft + kMargin + static_cast<int>(i) * kPitch;
    const int height = bars_[i].height * kUnit;
    canvas.rectangle({x, bottom - height}, kBarWidth, height, kFills[i % kFills.size()]);
    canvas.text({x + kBarWidth / 2, bottom + 15}, std::string_view(&bars_[i].name, 1), Colour::kBlack);
  }
  canvas.rectangle({kLeft, bottom}, right - kLeft, 2, Colour::kBlack);
  canvas.rectangle({kLeft, kMargin}, 2, bottom - kMargin, Colour::kBlack);
  return canvas;
}

void BarScene::choose(MoveList& list, const State& state, std::size_t option, double mass) const {
  State next = state;
  next.done = true;
  const bool offered = std::find(options_.begin(), options_.end(), state.total) != options_.end();
  static const Phrasings found = {
      "The result is {total}, which is option ({letter}). The answer is \\boxed{{letter}}.",
      "So {total} it is. The answer is \\boxed{{letter}}."};
  static const Phrasings nearest = {
      "The result {total} is not offered; ({letter}) {option} comes closest. The answer is "
      "\\boxed{{letter}}."};
  list.add(offered ? found : nearest,
           {{"total", std::to_string(state.total)},
            {"letter", letter(option)},
            {"option", std::to_string(options_[option])}},
           mass, next);
}

void BarScene::finish(MoveList& list, const State& state, double mass) const {
  std::vector<std::size_t> nearest_first = {0, 1, 2, 3};
  const auto distance = [&](std::size_t option) { return std::abs(options_[option] - state.total); };
  std::stable_sort(nearest_first.begin(), nearest_first.end(),
                   [&](std::size_t a, std::size_t b) { return distance(a) < distance(b); });
  const auto& shares = distance(nearest_first[0]) == 0 ? kSharesWhereOffered : kSharesByDistance;
  for (std::size_t i = 0; i < kOptions; ++i) choose(list, state, nearest_first[i], mass * shares[i]);
}

}  // namespace viltree::simulated
