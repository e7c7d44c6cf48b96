#include "model.hpp"

#include "png.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>

namespace viltree::simulated {

namespace {

constexpr std::string_view kStepEnd = "\n\n";

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// The first picture that carries a scene; empty where none does.
std::string_view marked(const std::vector<std::string_view>& images) {
  for (const std::string_view image : images) {
    if (text_chunk(image, kSceneKeyword)) return image;
  }
  return {};
}

/// Where each step of a foreign text starts, and the end of the last whole one.
std::vector<std::size_t> step_starts(std::string_view text) {
  std::vector<std::size_t> starts = {0};
  for (std::size_t at = 0; (at = text.find(kStepEnd, at)) != std::string_view::npos;) {
    at += kStepEnd.size();
    starts.push_back(at);
  }
  return starts;
}

/// The earliest step from which the generic solver can have gone on, so that what it wrote after a foreign
/// text is found again; failing all, the end of the step that was begun.
Position locate_foreign(const GenericSolver& solver, std::string_view text) {
  const auto starts = step_starts(text);
  const std::size_t first = starts.size() - std::min(starts.size(), solver.steps() + 1);
  for (std::size_t i = first; i < starts.size(); ++i) {
    if (auto position = walk(solver, solver.after(i), text.substr(starts[i]))) return std::move(*position);
  }
  const bool half = text.back() == '\n';
  return {&solver, solver.after(starts.size()), "", std::string(half ? "\n" : kStepEnd)};
}

}  // namespace

std::optional<std::string_view> boxed_answer(std::string_view text) {
  constexpr std::string_view kOpen = "\\boxed{";
  for (std::size_t end = text.size();;) {
    const auto open = text.substr(0, end).rfind(kOpen);
    if (open == std::string_view::npos) return std::nullopt;
    const auto content = text.substr(open + kOpen.size());
    const auto close = content.find('}');
    if (close != std::string_view::npos) return content.substr(0, close);
    end = open;
  }
}

std::optional<Position> walk(const Solver& solver, const State& state, std::string_view text) {
  Position position{&solver, state, "", ""};
  while (!text.empty()) {
    bool whole = false;
    bool begun = false;
    for (const Move& move : solver.moves(position.state)) {
      const std::string step = move.text();
      whole = begins_with(text, step);
      begun = begun || begins_with(step, text);
      if (!whole) continue;
      position.state = move.next;
      text.remove_prefix(step.size());
      break;
    }
    if (whole) continue;
    if (!begun) return std::nullopt;
    position.tail = text;
    return position;
  }
  return position;
}

Model::Model(const std::vector<std::string_view>& images, std::string_view question, std::size_t choices)
    : scene_(GenericSolver::takes_by_word(question) ? nullptr : scene_in(marked(images))),
      generic_(scene_ ? scene_->question() : question, scene_ ? scene_->choices().size() : choices),
      key_(core::hash64(GenericSolver::takes_by_word(question)
                            ? std::string(question)
                            : text_chunk(marked(images), kSceneKeyword).value_or(std::string(question)))) {}

Position Model::locate(std::string_view prefix) const {
  const Solver& solver = scene_ ? static_cast<const Solver&>(*scene_) : generic_;
  if (auto position = walk(solver, State{}, prefix)) return std::move(*position);
  if (boxed_answer(prefix)) {
    State done;
    done.done = true;
    return {&generic_, done, "", ""};
  }
  return locate_foreign(generic_, prefix);
}

Model model_of(const domain::Problem& problem) {
  std::vector<std::string_view> images;
  for (const auto& image : problem.images) {
    if (image.bytes) images.emplace_back(*image.bytes);
  }
  return {images, problem.question, problem.choices.size()};
}

}  // namespace viltree::simulated
