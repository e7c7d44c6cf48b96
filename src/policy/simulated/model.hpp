#pragma once

#include "generic_solver.hpp"
#include "scene.hpp"

#include <viltree/domain/problem.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// Where a text stands and how it goes on: first `opening`, with certainty; then a move of `state` whose text
/// begins with `tail`, from there on.
struct Position {
  const Solver* solver = nullptr;
  State state;
  std::string tail;     ///< the begun step, at the end of the text
  std::string opening;  ///< ends a step that somebody else began
};

/// The policy's view of one problem. Immutable and thread-safe.
class Model {
 public:
  /// Reads the first picture that carries a scene; without one, everything is written by the generic solver.
  Model(const std::vector<std::string_view>& images, std::string_view question, std::size_t choices);

  /// Never fails: a solution that no solver can have written is continued by the generic one from its last
  /// whole step, unless it has given an answer already.
  [[nodiscard]] Position locate(std::string_view prefix) const;

  [[nodiscard]] const Scene* scene() const { return scene_.get(); }
  /// Differs between models, for the seeds of their draws: from the scene's mark, not from the picture's
  /// bytes.
  [[nodiscard]] std::uint64_t key() const { return key_; }

 private:
  std::unique_ptr<Scene> scene_;
  GenericSolver generic_;
  std::uint64_t key_;
};

[[nodiscard]] Model model_of(const domain::Problem& problem);

/// Walks the solver through the text, from `state` on; none where it cannot have written it.
[[nodiscard]] std::optional<Position> walk(const Solver& solver, const State& state, std::string_view text);

/// The content of the last complete \boxed{…}, which holds no braces itself; none where there is none.
[[nodiscard]] std::optional<std::string_view> boxed_answer(std::string_view text);

}  // namespace viltree::simulated
