#pragma once

#include "tally.hpp"

#include <string>
#include <vector>

namespace viltree::simulated {

/// A map of towns and roads with their lengths; asks for the length of the red route, one way or there and
/// back.
class RouteScene final : public TallyScene {
 public:
  struct Road {
    std::size_t from = 0;
    std::size_t to = 0;
    int length = 0;
  };

  explicit RouteScene(core::Random& random);

  [[nodiscard]] std::string_view family() const override { return "route"; }
  [[nodiscard]] std::string question() const override;
  [[nodiscard]] std::string answer() const override;
  [[nodiscard]] Canvas draw() const override;

  /// The towns of the route, in order.
  [[nodiscard]] const std::vector<std::size_t>& route() const { return route_; }
  [[nodiscard]] const std::vector<Road>& roads() const { return roads_; }
  [[nodiscard]] bool there_and_back() const { return there_and_back_; }

 protected:
  void finish(MoveList& list, const State& state, double mass) const override;

 private:
  [[nodiscard]] const Road* road_between(std::size_t a, std::size_t b) const;
  [[nodiscard]] Item make_item(std::size_t from, std::size_t to) const;
  void draw_towns(core::Random& random);
  void draw_roads(core::Random& random);
  void word();

  std::vector<Point> towns_;
  std::vector<Road> roads_;
  std::vector<std::size_t> route_;
  bool there_and_back_ = false;
  double one_way_ = 0;  ///< probability to forget the way back
};

}  // namespace viltree::simulated
