#pragma once

#include "canvas.hpp"
#include "solver.hpp"

#include <viltree/domain/problem.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// One procedurally made problem: its picture, its question, and how solutions of it are written.
class Scene : public Solver {
 public:
  [[nodiscard]] virtual std::string_view family() const = 0;
  [[nodiscard]] virtual std::string question() const = 0;
  /// The reference answer; for a choice, its letter.
  [[nodiscard]] virtual std::string answer() const = 0;
  [[nodiscard]] virtual domain::AnswerKind answer_kind() const { return domain::AnswerKind::kNumber; }
  [[nodiscard]] virtual std::vector<std::string> choices() const { return {}; }
  [[nodiscard]] virtual Canvas draw() const = 0;
};

/// The scene of these two numbers, the same on every machine. The family follows from the index.
[[nodiscard]] std::unique_ptr<Scene> make_scene(std::uint64_t seed, std::uint64_t index);

/// What a scene's picture carries in its tEXt chunk kSceneKeyword: "1 <seed> <index>", where 1 is the version
/// of the generators.
inline constexpr std::string_view kSceneKeyword = "viltree-scene";
[[nodiscard]] std::string scene_mark(std::uint64_t seed, std::uint64_t index);

/// The scene that a PNG file carries; null for every other file.
[[nodiscard]] std::unique_ptr<Scene> scene_in(std::string_view image);

}  // namespace viltree::simulated
