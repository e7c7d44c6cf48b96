#pragma once

#include "solver.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// Writes a few neutral steps and a guessed answer: for questions whose picture it cannot read, and for
/// solutions that somebody else began. Its habits follow from the question's hash.
class GenericSolver final : public Solver {
 public:
  /// The guess is a letter where there are `choices` or the question lists options, and a number otherwise.
  GenericSolver(std::string_view question, std::size_t choices);

  [[nodiscard]] std::vector<Move> moves(const State& state) const override;

  /// The state of a solution of `steps` steps that say nothing of its answer.
  [[nodiscard]] State after(std::size_t steps) const;

  /// Steps of a whole solution.
  [[nodiscard]] std::size_t steps() const { return steps_; }

 private:
  void consider(MoveList& list, const State& state) const;
  void conclude(MoveList& list, const State& state) const;

  std::size_t steps_;
  std::string given_;                 ///< what the opening step mentions
  std::vector<std::string> guesses_;  ///< the likeliest first
  std::vector<double> shares_;        ///< of the guesses; sum 1
};

}  // namespace viltree::simulated
