#pragma once

#include "scene.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace viltree::core {
class Random;
}

namespace viltree::simulated {

/// One way to read an item of the picture.
struct Reading {
  int amount = 0;
  double probability = 0;
  std::string words;  ///< with the verb: "has 3 red circles", "reaches 12"
};

/// One part of the picture that a solution reads and adds to its result.
struct Item {
  std::string name;               ///< "row 2", "bar P"
  int sign = 1;                   ///< -1: its amount is taken away
  std::vector<Reading> readings;  ///< the right one first; amounts differ
};

/// How often each kind of mistake and of second thought happens, per step.
struct Habits {
  double misread = 0;     ///< an item, in general; the readings say it in particular
  double misled = 0;      ///< at the opening: takes the question for another one
  double hasty = 0;       ///< at the opening: only a quick look
  double slip = 0;        ///< adds up wrongly
  double skip = 0;        ///< leaves an item out
  double check = 0;       ///< looks back after a mistake
  double reconsider = 0;  ///< sees that the question was another one
};

/// Habits that suit a solver for whom this is easy (0) to hard (1).
[[nodiscard]] Habits draw_habits(core::Random& random);

/// What the steps say. Placeholders: {item}, {Item}, {words}, {before} and {total} as far as the step knows
/// them.
struct Wording {
  Phrasings careful;
  Phrasings hasty;
  Phrasings misled;
  Phrasings reading;
  Phrasings reconsidered;
};

/// Items read one after the other and added up, with looking back: the shape that all families share.
class TallyScene : public Scene {
 public:
  [[nodiscard]] std::vector<Move> moves(const State& state) const final;
  /// The right result of all items.
  [[nodiscard]] int tally() const;

 protected:
  /// The last steps, once all items are read: adds moves whose probabilities sum to `mass`.
  virtual void finish(MoveList& list, const State& state, double mass) const = 0;

  Habits habits_;
  Wording wording_;
  std::vector<Item> items_;
  std::vector<Item> misled_items_;  ///< of the misunderstood question; empty where there is none

 private:
  [[nodiscard]] const std::vector<Item>& items_at(const State& state) const;
  void open(MoveList& list, const State& state) const;
  double look_back(MoveList& list, const State& state) const;
  double reconsider(MoveList& list, const State& state) const;
  void read(MoveList& list, const State& state, std::size_t index, double mass) const;
  void add_up(MoveList& list, const State& read, const Item& item, const Reading& reading, double mass) const;
  void correct(MoveList& list, const State& state, const std::string& words, const State& next,
               double mass) const;
};

/// The readings of an item: the right one, and others that share `misread` equally.
[[nodiscard]] std::vector<Reading> make_readings(std::vector<Reading> right_first, double misread);

}  // namespace viltree::simulated
