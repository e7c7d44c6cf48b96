#include "completion.hpp"
#include "generic_solver.hpp"
#include "samples.hpp"

#include <viltree/core/random.hpp>
#include <viltree/simulated/exact_value.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;

namespace {

/// Visits every state that the solver can reach, each once, up to a number of them.
std::size_t visit(const Solver& solver, std::size_t most,
                  const std::function<void(const State&, const std::vector<Move>&)>& check) {
  std::unordered_set<State, StateHash> seen = {State{}};
  std::vector<State> open = {State{}};
  while (!open.empty() && seen.size() < most) {
    const State state = open.back();
    open.pop_back();
    const auto moves = solver.moves(state);
    check(state, moves);
    for (const Move& move : moves) {
      if (seen.insert(move.next).second) open.push_back(move.next);
    }
  }
  return seen.size();
}

void check_moves(const State& state, const std::vector<Move>& moves) {
  CHECK(moves.empty() == state.done);
  if (moves.empty()) return;
  double sum = 0;
  std::vector<std::string> texts;
  for (const Move& move : moves) {
    sum += move.probability;
    texts.push_back(move.text());
    const auto blank = texts.back().find("\n\n");
    CHECK((move.next.done ? blank == std::string::npos : blank + 2 == texts.back().size()));
    CHECK(boxed_answer(texts.back()).has_value() == move.next.done);
    CHECK(texts.back().find('{') == (move.next.done ? texts.back().find("\\boxed{") + 6 : std::string::npos));
  }
  CHECK(sum == doctest::Approx(1).epsilon(1e-9));
  std::sort(texts.begin(), texts.end());
  for (std::size_t i = 0; i + 1 < texts.size(); ++i) {
    CHECK_MESSAGE(texts[i + 1].substr(0, texts[i].size()) != texts[i], texts[i]);
  }
}

}  // namespace

TEST_CASE("solver: at every state probabilities sum to 1 and no text is a prefix of another") {
  for (std::uint64_t i = 0; i < 12; ++i) {
    CAPTURE(i);
    CHECK(visit(*make_scene(kSeed, i), 1500, check_moves) > 100);
  }
  visit(GenericSolver("What is 3 plus 4?", 0), 1500, check_moves);
  visit(GenericSolver("Which?\n(A) red\n(B) blue\n(C) green", 0), 1500, check_moves);
  visit(GenericSolver("", 5), 1500, check_moves);
}

TEST_CASE("solver: the text of any walk leads back to its state") {
  core::Random random(kSeed);
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto scene = make_scene(kSeed, i);
    State state;
    std::string text;
    while (!state.done) {
      const auto moves = scene->moves(state);
      const Move& move =
          moves[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(moves.size()) - 1))];
      text += move.text();
      state = move.next;
      const auto position = walk(*scene, State{}, text);
      REQUIRE(position);
      CHECK(position->state == state);
      CHECK(position->tail.empty());
    }
  }
}

TEST_CASE("solver: the generic one guesses a letter where there are options, and a number where not") {
  const auto guesses_of = [](const GenericSolver& solver) {
    std::set<std::string> guesses;
    for (const Move& move : solver.moves(solver.after(100))) guesses.emplace(*boxed_answer(move.text()));
    return guesses;
  };
  using Guesses = std::set<std::string>;
  CHECK(guesses_of(GenericSolver("Which one?", 3)) == Guesses{"A", "B", "C"});
  CHECK(guesses_of(GenericSolver("Which one? A. 4 B. 5", 0)) == Guesses{"A", "B"});
  CHECK(guesses_of(GenericSolver("Which one?\n(A) x\n(B) y\n(C) z", 0)) == Guesses{"A", "B", "C"});
  for (const auto& guess :
       guesses_of(GenericSolver("I saw 12 cats and 5 dogs. A cat is worth 99999999999999999999.", 0))) {
    CHECK(guess.find_first_not_of("0123456789") == std::string::npos);
  }
}

TEST_CASE("value: of a prefix it is the mean of its children's values, for any sampling") {
  for (const auto& sampling : {policy::SamplingOptions{}, policy::SamplingOptions{0.7, 1, {}},
                               policy::SamplingOptions{1.3, 0.8, {}}, policy::SamplingOptions{0, 1, {}}}) {
    for (const auto& problem : one_of_each()) {
      CAPTURE(problem.id);
      ExactValue value(problem, sampling);
      const Model model = model_of(problem);
      std::string prefix;
      for (std::uint64_t step = 0; step < 5; ++step) {
        const Position position = model.locate(prefix);
        if (position.state.done) break;
        const auto moves = position.solver->moves(position.state);
        const auto weights = sampling_weights(moves, "", sampling);
        double mean = 0;
        for (std::size_t i = 0; i < moves.size(); ++i) {
          if (weights[i] > 0) mean += weights[i] * *value(prefix + moves[i].text());
        }
        CHECK(*value(prefix) == doctest::Approx(mean).epsilon(1e-12));
        prefix += moves[(step * 5) % moves.size()].text();
      }
    }
  }
}

TEST_CASE("value: a finished solution is worth 1 or 0, and a foreign problem's value is unknown") {
  const auto problem = make_problem(kSeed, 0);
  const Model model = model_of(problem);
  int right = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    DrawOptions draw;
    draw.seed = seed;
    const std::string text = complete(model, "", {}, draw).text;
    CHECK(*exact_value(problem, text) == (is_right(problem, text) ? 1 : 0));
    right += is_right(problem, text) ? 1 : 0;
  }
  CHECK(right > 0);
  CHECK(right < 40);
  CHECK_FALSE(exact_value(foreign_problem(), ""));
}

TEST_CASE("value: roots are easy, mixed and hard, nearly all between 0.05 and 0.95") {
  int outside = 0;
  std::array<int, 4> quarters{};
  for (std::uint64_t i = 0; i < 60; ++i) {
    const double value = *exact_value(make_problem(kSeed, i), "");
    outside += value < 0.05 || value > 0.95 ? 1 : 0;
    ++quarters[std::min<std::size_t>(3, static_cast<std::size_t>(value * 4))];
  }
  CHECK(outside <= 6);
  for (std::size_t i = 1; i < 4; ++i) CHECK(quarters[i] >= 8);
  CHECK(quarters[0] >= 2);
}
