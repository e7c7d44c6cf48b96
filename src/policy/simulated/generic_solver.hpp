#pragma once

#include "solver.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// Writes a few neutral steps and a guessed answer: for questions whose picture it cannot read, and for
/// solutions that somebody else began. Its habits follow from the question's hash.
///
/// Three questions it takes by their word, so that a client can find out what a server does with a prefix and
/// with siblings: "Count from 1 to N" is answered with "1, 2, 3, …, N" (N at most 10,000), "Write a random …"
/// with three words, of a million triples that are equally likely. And it is a judge of few words: where a
/// text has <reference>…</reference> and <answer>…</answer>, it says "Verdict: right" if all words of one are
/// words of the other, else "Verdict: wrong".
class GenericSolver final : public Solver {
 public:
  /// The guess is a letter where there are `choices` or the question lists options, and a number otherwise.
  GenericSolver(std::string_view question, std::size_t choices);

  [[nodiscard]] std::vector<Move> moves(const State& state) const override;

  /// The state of a solution of `steps` steps that say nothing of its answer.
  [[nodiscard]] State after(std::size_t steps) const;

  /// Steps of a whole solution.
  [[nodiscard]] std::size_t steps() const { return steps_; }

  /// The question asks for one of the three, whatever a picture shows.
  [[nodiscard]] static bool takes_by_word(std::string_view question);

 private:
  void count(MoveList& list, const State& state) const;
  void ramble(MoveList& list, const State& state) const;
  void rule(MoveList& list, const State& state) const;
  void consider(MoveList& list, const State& state) const;
  void conclude(MoveList& list, const State& state) const;

  std::int32_t count_to_ = 0;  ///< 0: it is not to count
  bool rambles_ = false;       ///< is to write random words
  std::string_view ruling_;    ///< what it says as a judge; empty where it is none
  std::size_t steps_ = 1;
  std::string given_;                 ///< what the opening step mentions
  std::vector<std::string> guesses_;  ///< the likeliest first
  std::vector<double> shares_;        ///< of the guesses; sum 1
};

}  // namespace viltree::simulated
