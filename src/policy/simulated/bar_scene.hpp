#pragma once

#include "tally.hpp"

#include <string>
#include <vector>

namespace viltree::simulated {

/// A bar chart; asks for the total of all bars, or by how much one group of bars exceeds another, and offers
/// four options.
class BarScene final : public TallyScene {
 public:
  struct Bar {
    char name = 'P';
    int height = 0;
    int sign = 1;  ///< -1: belongs to the group that is taken away
  };

  explicit BarScene(core::Random& random);

  [[nodiscard]] std::string_view family() const override { return "bars"; }
  [[nodiscard]] std::string question() const override;
  [[nodiscard]] std::string answer() const override;
  [[nodiscard]] domain::AnswerKind answer_kind() const override { return domain::AnswerKind::kChoice; }
  [[nodiscard]] std::vector<std::string> choices() const override;
  [[nodiscard]] Canvas draw() const override;

  [[nodiscard]] const std::vector<Bar>& bars() const { return bars_; }

 protected:
  void finish(MoveList& list, const State& state, double mass) const override;

 private:
  [[nodiscard]] Item make_item(const Bar& bar, bool adds_all) const;
  [[nodiscard]] bool compares() const;
  [[nodiscard]] std::string group(int sign) const;
  void draw_options(core::Random& random);
  void word();
  void choose(MoveList& list, const State& state, std::size_t option, double mass) const;

  std::vector<Bar> bars_;
  std::vector<int> options_;  ///< four, rising
};

}  // namespace viltree::simulated
