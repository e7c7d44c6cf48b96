#pragma once

#include <viltree/search/kernel.hpp>
#include <viltree/search/tree.hpp>

#include <cstdint>
#include <vector>

namespace viltree::search {

/// What all rollouts of a tree together say of one node's value.
struct NodeValue {
  double mean = 0;
  double lo = 0;  ///< the 95% interval, with 2.5% on either side
  double hi = 1;
  /// The probability that this step, and none above it, leaves less than `break_ratio` of its parent's value.
  double first_error = 0;
  /// No draw of the policy leads here: nothing above says anything of this value, so that it was begun from
  /// the prior of roots.
  bool from_prior = false;
};

/// Which policy's values are asked for, and what is made of them.
struct PosteriorOptions {
  std::uint8_t policy = 0;  ///< place in Tree::policies(); rollouts of the others say nothing of its values
  double break_ratio = 0.5;
  bool truncated_is_wrong = false;  ///< what the length limit cut off counts as a wrong end where it was cut
  /// Problems differ: so many times the kernel is fitted to the tree's own steps, with the given one as what
  /// is known beforehand.
  std::uint32_t own_rounds = 2;
  bool first_errors = true;  ///< else NodeValue::first_error stays 0, in less than half of the time
};

/// The policy with the most decided rollouts of a tree; of equals, the first.
[[nodiscard]] std::uint8_t leading_policy(const Tree& tree);

/// How a policy's rollouts went through one node.
struct NodeDraws {
  std::uint32_t draws = 0;      ///< rollouts that were begun above and chose this step
  std::uint32_t of_parent = 0;  ///< rollouts that chose a step where this one could be chosen
  std::uint32_t right = 0;      ///< rollouts that ended here, by verdict
  std::uint32_t wrong = 0;
  std::uint32_t through = 0;        ///< rollouts that passed or ended here
  std::uint64_t steps_to_end = 0;   ///< of those, summed
  std::uint64_t tokens_to_end = 0;  ///< generated from here, summed, by the share of steps; where counted
  std::uint32_t tokens_of = 0;      ///< rollouts whose tokens are in the sum

  [[nodiscard]] double mean_steps_to_end() const {
    return through == 0 ? 0.0 : static_cast<double>(steps_to_end) / through;
  }
};

/// By node.
[[nodiscard]] std::vector<NodeDraws> count_draws(const Tree& tree, const PosteriorOptions& options);

/// By depth of a node: the share of its draws whose next step is the solution's end, with one draw more that
/// ends as often as all do.
[[nodiscard]] std::vector<double> end_hazards(const Tree& tree, const std::vector<NodeDraws>& draws);

/// The posterior of all values of one tree, exact on the grid: one sweep up and one down.
///
///   likelihood   a rollout is seen where it ended. A finished solution says of its parent that h(g) or
///                1-h(g) came, once for every draw, with h the chance of an end (EndEffect); an end at a node
///                that others went on from says so of that node
///   upwards      m_s(g) = g^right (1-g)^wrong · Π over ends of h(g) or 1-h(g)
///                       · Σ_z w_z Π over other children u of (D T_zu m_u)(g)
///   downwards    P(V_u = g_j | V_s = g_i, z, all) = (D T_zu)(i,j) m_u(j) / (D T_zu m_u)(i), from prior · m
///                at the root
///
/// z is the type of the node's next step, w its share at this distance to the end, T the transition for the
/// child's draws (kernel.hpp), D the step from a value to the mean of what goes on at this depth (EndEffect).
/// A verdict that is neither right nor wrong says nothing. Because it conditions on all that was seen,
/// stopping early and choosing where to go on by outcome do not bias it, as long as the policy drew every
/// child; where it did not, see NodeValue::from_prior. Keeps its memory from tree to tree. One owner at a
/// time.
class Posterior {
 public:
  explicit Posterior(const Kernel& kernel) : given_(kernel), kernel_(kernel) {}

  /// Must come before the others.
  void look_at(const Tree& tree, const PosteriorOptions& options);

  [[nodiscard]] NodeValue value(NodeId id) const;
  [[nodiscard]] double mean(NodeId id) const;
  [[nodiscard]] double variance(NodeId id) const;
  /// P(V < threshold), each point's probability spread over its cell.
  [[nodiscard]] double below(NodeId id, double threshold) const;
  /// By point of the grid; the sum is 1.
  [[nodiscard]] const GridVector& distribution(NodeId id) const { return nodes_[id.value].posterior; }
  [[nodiscard]] const NodeDraws& draws(NodeId id) const { return draws_[id.value]; }

  /// Natural logarithm of the probability of all that was seen, up to a constant of the tree.
  [[nodiscard]] double log_likelihood() const { return log_likelihood_; }
  /// Adds what this tree says of the kernel.
  void add_to(KernelCounts& counts) const;

 private:
  enum class Kind : std::uint8_t {
    kDrawn,
    kFinished,   ///< 0 or 1, known
    kFromPrior,  ///< not drawn by this policy
  };
  using ByType = std::array<GridVector, kStepTypes>;
  struct NodeState {
    GridVector upward{};                         ///< m, greatest 1
    ByType below{};                              ///< by type: the product over children, greatest 1
    std::array<double, kStepTypes> below_log{};  ///< what was taken out of it
    ByType to_parent{};                          ///< T_z m
    GridVector posterior{};
    GridVector unbroken{};  ///< together with: no step down to here broke the solution
    double first_error = 0;
    std::uint32_t parent = 0;
    std::uint32_t depth = 0;
    Kind kind = Kind::kDrawn;
    bool says_something = false;  ///< upward is not all 1
    bool has_children = false;    ///< drawn ones that say something
  };

  void classify(const Tree& tree);
  void sweep(const Tree& tree, bool first_errors);
  void sweep_up();
  void close_upward(std::uint32_t i);
  void tell_parent(std::uint32_t i);
  void sweep_down();
  void pass_down(std::uint32_t i);
  [[nodiscard]] GridVector weights_of(std::uint32_t i, std::size_t type, const GridMatrix& rows) const;
  void pass_unbroken(std::uint32_t i, const GridVector& weights, const GridMatrix& rows);
  void pass_to_finished(std::uint32_t i);
  void multiply(NodeState& node, const GridVector& message);
  [[nodiscard]] const std::array<double, kStepTypes>& shares(std::uint32_t i) const;
  [[nodiscard]] const EndEffect& ends_at(std::uint32_t i) const { return end_effects_[nodes_[i].depth]; }

  Kernel given_;
  Kernel kernel_;  ///< of this tree
  std::vector<NodeDraws> draws_;
  std::vector<NodeState> nodes_;
  std::vector<double> hazards_;                            ///< by depth
  std::vector<EndEffect> end_effects_;                     ///< by depth
  std::array<std::size_t, kGridPoints> first_unbroken_{};  ///< by point of the parent's value
  bool first_errors_ = true;
  double log_likelihood_ = 0;
};

}  // namespace viltree::search
