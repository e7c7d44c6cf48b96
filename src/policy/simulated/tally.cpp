#include "tally.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>

namespace viltree::simulated {

namespace {

constexpr double kHastyMisreads = 1.7;
constexpr double kHastyChecks = 0.3;
constexpr double kIdleChecks = 0.25;  ///< looking back without a mistake, compared with after one
constexpr double kFixed = 0.8;        ///< of the checks after a mistake, those that find it
constexpr double kSpoiled = 0.15;     ///< of the checks without one, those that make one
constexpr double kMostMisreads = 0.9;

const Phrasings& correction_phrasings() {
  static const Phrasings phrasings = {
      "Wait, let me check {item} again: it {words}, so the result so far should be {total}, not {before}.",
      "Actually, {item} {words}, I was wrong there. That corrects the result so far from {before} to "
      "{total}.",
  };
  return phrasings;
}

const Phrasings& confirmation_phrasings() {
  static const Phrasings phrasings = {
      "Let me check {item} again. It looks right, so the result so far stays {total}.",
      "Wait, was {item} right? Yes, it was; {total} stands.",
  };
  return phrasings;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

int signed_amount(const Item& item, const Reading& reading) {
  return item.sign * reading.amount;
}

/// Remembers a mistake of `by` at item `index`; no mistake leaves an earlier one in mind.
State with_slip(State state, int by, std::size_t index) {
  if (by == 0) return state;
  state.slip = by;
  state.slip_item = static_cast<std::int32_t>(index);
  return state;
}

}  // namespace

Habits draw_habits(core::Random& random) {
  const double hardness = random.uniform();
  Habits habits;
  habits.misread = 0.005 + 0.28 * hardness * hardness;
  habits.misled = 0.01 + 0.15 * hardness * random.uniform();
  habits.hasty = 0.05 + 0.3 * random.uniform();
  habits.slip = 0.005 + 0.06 * hardness;
  habits.skip = 0.002 + 0.03 * hardness;
  habits.check = 0.05 + 0.25 * random.uniform();
  habits.reconsider = 0.03 + 0.07 * random.uniform();
  return habits;
}

std::vector<Reading> make_readings(std::vector<Reading> right_first, double misread) {
  const double wrong = right_first.size() > 1 ? std::min(misread, kMostMisreads) : 0;
  for (auto& reading : right_first) reading.probability = wrong / static_cast<double>(right_first.size() - 1);
  right_first.front().probability = 1 - wrong;
  return right_first;
}

int TallyScene::tally() const {
  int sum = 0;
  for (const Item& item : items_) sum += signed_amount(item, item.readings.front());
  return sum;
}

const std::vector<Item>& TallyScene::items_at(const State& state) const {
  return state.misled ? misled_items_ : items_;
}

std::vector<Move> TallyScene::moves(const State& state) const {
  MoveList list;
  if (state.done) return {};
  if (!state.started) {
    open(list, state);
    return list.take();
  }
  const double mass = 1 - look_back(list, state) - reconsider(list, state);
  const auto index = static_cast<std::size_t>(state.item);
  const std::size_t left = items_at(state).size() - index;
  const double skipping = left > 1 ? mass * habits_.skip : 0;
  if (left == 0) finish(list, state, mass);
  if (left > 0) read(list, state, index, mass - skipping);
  if (left > 1) read(list, state, index + 1, skipping);
  return list.take();
}

void TallyScene::open(MoveList& list, const State& state) const {
  const double misled = misled_items_.empty() ? 0 : habits_.misled;
  State next = state;
  next.started = true;
  list.add(wording_.careful, {}, (1 - misled) * (1 - habits_.hasty), next);
  State hasty = next;
  hasty.hasty = true;
  list.add(wording_.hasty, {}, (1 - misled) * habits_.hasty, hasty);
  next.misled = true;
  list.add(wording_.misled, {}, misled, next);
}

double TallyScene::look_back(MoveList& list, const State& state) const {
  if (state.item == 0 || state.checked) return 0;
  const bool slipped = state.slip != 0;
  const double mass = habits_.check * (state.hasty ? kHastyChecks : 1) * (slipped ? 1 : kIdleChecks);
  const auto index = static_cast<std::size_t>(slipped ? state.slip_item : state.item - 1);
  const Item& item = items_at(state)[index];
  State next = state;
  next.checked = true;
  const double corrected = mass * (slipped ? kFixed : item.readings.size() > 1 ? kSpoiled : 0);
  list.add(confirmation_phrasings(), {{"item", item.name}, {"total", std::to_string(state.total)}},
           mass - corrected, next);
  if (slipped) {
    next.total -= next.slip;
    next.slip = next.slip_item = 0;
    correct(list, state, item.readings[0].words, next, corrected);
  } else if (item.readings.size() > 1) {
    const int by = signed_amount(item, item.readings[1]) - signed_amount(item, item.readings[0]);
    next.total += by;
    correct(list, state, item.readings[1].words, with_slip(next, by, index), corrected);
  }
  return mass;
}

void TallyScene::correct(MoveList& list, const State& state, const std::string& words, const State& next,
                         double mass) const {
  const auto index = static_cast<std::size_t>(state.slip != 0 ? state.slip_item : state.item - 1);
  list.add(correction_phrasings(),
           {{"item", items_at(state)[index].name},
            {"words", words},
            {"before", std::to_string(state.total)},
            {"total", std::to_string(next.total)}},
           mass, next);
}

double TallyScene::reconsider(MoveList& list, const State& state) const {
  if (!state.misled || state.item == 0) return 0;
  State next;
  next.started = true;
  list.add(wording_.reconsidered, {}, habits_.reconsider, next);
  return habits_.reconsider;
}

void TallyScene::read(MoveList& list, const State& state, std::size_t index, double mass) const {
  const auto& items = items_at(state);
  State next = state;
  next.item = static_cast<std::int32_t>(index + 1);
  next.checked = false;
  for (auto skipped = static_cast<std::size_t>(state.item); skipped < index; ++skipped) {
    next = with_slip(next, -signed_amount(items[skipped], items[skipped].readings[0]), skipped);
  }
  const auto& readings = items[index].readings;
  const double factor = state.hasty ? kHastyMisreads : 1;
  const double wrong = std::min((1 - readings[0].probability) * factor, kMostMisreads);
  add_up(list, next, items[index], readings[0], mass * (1 - wrong));
  for (std::size_t i = 1; i < readings.size(); ++i) {
    const int by = signed_amount(items[index], readings[i]) - signed_amount(items[index], readings[0]);
    add_up(list, with_slip(next, by, index), items[index], readings[i],
           mass * wrong / static_cast<double>(readings.size() - 1));
  }
}

void TallyScene::add_up(MoveList& list, const State& read, const Item& item, const Reading& reading,
                        double mass) const {
  const int amount = signed_amount(item, reading);
  const auto write = [&](int total, const State& next, double probability) {
    State after = next;
    after.total = total;
    list.add(wording_.reading,
             {{"item", item.name},
              {"Item", capitalised(item.name)},
              {"words", reading.words},
              {"before", std::to_string(read.total)},
              {"total", std::to_string(total)}},
             probability, after);
  };
  const int sum = read.total + amount;
  const bool adds = &reading == &item.readings.front() && read.total != 0 && amount != 0;
  const double slipping = adds ? mass * habits_.slip : 0;
  write(sum, read, mass - slipping);
  const auto index = static_cast<std::size_t>(read.item - 1);
  for (const int by : {1, -1, -10}) {
    if (adds) write(sum + by, with_slip(read, by, index), slipping / 3);
  }
}

}  // namespace viltree::simulated
