#include "completion.hpp"
#include "model.hpp"

#include <viltree/simulated/exact_value.hpp>

#include <unordered_map>
#include <utility>

namespace viltree::simulated {

struct ExactValue::Memory {
  Memory(const domain::Problem& problem, policy::SamplingOptions options)
      : model(model_of(problem)), answer(problem.answer), sampling(std::move(options)) {}

  double of(const Position& position, std::string_view text) {
    if (position.state.done) return right(text);
    const bool memorable = position.tail.empty();
    auto& values = known[position.solver];
    if (memorable) {
      if (const auto found = values.find(position.state); found != values.end()) return found->second;
    }
    const auto moves = position.solver->moves(position.state);
    const auto weights = sampling_weights(moves, position.tail, sampling);
    double value = 0;
    for (std::size_t i = 0; i < moves.size(); ++i) {
      if (weights[i] <= 0) continue;
      const bool last = moves[i].next.done;
      value +=
          weights[i] * (last ? right(moves[i].text()) : of({position.solver, moves[i].next, "", ""}, ""));
    }
    if (memorable) values.emplace(position.state, value);
    return value;
  }

  [[nodiscard]] double right(std::string_view text) const {
    return boxed_answer(text) == std::string_view(answer) ? 1 : 0;
  }

  Model model;
  std::string answer;
  policy::SamplingOptions sampling;
  std::unordered_map<const Solver*, std::unordered_map<State, double, StateHash>> known;
};

ExactValue::ExactValue(const domain::Problem& problem, policy::SamplingOptions options)
    : memory_(std::make_unique<Memory>(problem, std::move(options))) {}

ExactValue::~ExactValue() = default;
ExactValue::ExactValue(ExactValue&&) noexcept = default;
ExactValue& ExactValue::operator=(ExactValue&&) noexcept = default;

std::optional<double> ExactValue::operator()(std::string_view prefix) {
  if (memory_->model.scene() == nullptr) return std::nullopt;
  return memory_->of(memory_->model.locate(prefix), prefix);
}

std::optional<double> exact_value(const domain::Problem& problem, std::string_view prefix,
                                  const policy::SamplingOptions& options) {
  return ExactValue(problem, options)(prefix);
}

}  // namespace viltree::simulated
