#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace viltree::search {

/// Points of the grid on which values lie: sin²(πk/2(G-1)), k = 0 … G-1, so that they are fine near 0 and 1,
/// where a step decides most, and both ends are among them.
inline constexpr std::size_t kGridPoints = 41;
inline constexpr std::size_t kLastPoint = kGridPoints - 1;

using GridVector = std::array<double, kGridPoints>;
/// Row i, column j: from grid point i to grid point j.
using GridMatrix = std::array<GridVector, kGridPoints>;

[[nodiscard]] const GridVector& value_grid();

/// Nodes differ by how far the solution's end is: the mean number of steps that follow on the rollouts
/// through them, in classes.
inline constexpr std::size_t kDistanceClasses = 6;
/// Up to 1.5, 2.5, 3.5, 5.5, 8.5, or more steps.
[[nodiscard]] std::size_t distance_class(double steps_to_end);

/// How much a node's next step decides. One type holds for all steps that a node goes on with:
///
///   0    almost everything: a child's value is near 1 with a probability of about g, else near 0, for a node
///        of value g. Near, not at: a solution that is lost may be mended once in a hundred times
///   1 …  less and less: K_n(v | g) ∝ √(v (1-v)) exp(-n KL(v ‖ g)) on the grid, that is with a density
///        exp(-n KL), KL of two coins, and n = 2, 8, 32, 128
///
/// The rows of every type are exponential families in v whose mean is g: values are a martingale under the
/// policy, and what children say of their parent depends on their mean alone. So a type that does not fit
/// costs sharpness, but does not shift the values.
inline constexpr std::size_t kStepTypes = 5;

inline constexpr double kMostEnding = 8;

/// How values move along a tree, for one policy on one kind of problems. A plain value.
struct Kernel {
  GridVector prior{};                                                    ///< of a root's value
  std::array<std::array<double, kStepTypes>, kDistanceClasses> types{};  ///< shares, by distance; sum 1 each
  /// Of a node of value g, solutions that end with the next step are right with log-odds of ln(g / (1-g)) +
  /// ending. Above 0: those that find an end are better than those that go on, as where every step may fail.
  double ending = 0;  ///< at most kMostEnding on either side

  friend bool operator==(const Kernel&, const Kernel&) = default;
};

/// What is used before anything was learned.
[[nodiscard]] const Kernel& built_in_kernel();

/// What a set of trees says of its kernel: expected counts under the kernel that they were looked at with.
/// Sums of several are the sums of their members.
struct KernelCounts {
  GridVector roots{};
  std::array<std::array<double, kStepTypes>, kDistanceClasses> types{};
  GridVector ends{};          ///< decided ends of solutions, by the value of the node before them
  GridVector right_ends{};    ///< of these, right ones
  double log_likelihood = 0;  ///< natural; of the verdicts
  std::uint64_t trees = 0;

  void add(const KernelCounts& other);
};

/// One step of expectation-maximisation: the shares of the counts, and of `strength` more in each class that
/// are distributed as in `known`.
[[nodiscard]] Kernel fit_kernel(const KernelCounts& counts, double strength,
                                const Kernel& known = built_in_kernel());

struct Transition {
  GridMatrix rows;     ///< from i to j
  GridMatrix columns;  ///< the same, to j from i
};

/// The transition of a type to a child that was drawn `draws` > 0 times of the `of` times that its parent was
/// drawn from. A child that holds a share p of what its parent draws is near it, because g = p V + (1-p) W
/// with the others' mean W: from a type n > 0, n counts as n / (1-p)², with (draws-1)/of for p, because what
/// was drawn once may be rare. So a step that is drawn again and again is closer to its parent than one that
/// was drawn once. From type 0 every further draw counts as one of a coin: the row is multiplied by (g^v
/// (1-g)^(1-v))^(draws-1), and its sum is less than 1. Kept ready, to the next lower of some steps of n and
/// draws; shared and immutable.
[[nodiscard]] const Transition& transition(std::size_t type, std::uint32_t draws, std::uint32_t of);

/// What a solution's end says, by the point of the node before it. To end or to go on is a step, too: values
/// are a martingale over both, so that where ends are better than the value before them, what goes on is
/// worse.
struct EndEffect {
  GridVector right{};                             ///< P(right | the solution ends with the next step)
  std::array<std::uint8_t, kGridPoints> lower{};  ///< mean value of what goes on: between this point
  GridVector upper{};                             ///< and the next one, to which this share goes
};

/// `hazard`: the probability that the next step is an end. Ends are right with the log-odds of
/// Kernel::ending, as far as the martingale allows.
[[nodiscard]] EndEffect end_effect(double ending, double hazard);

/// Tilts the weights of the grid's points exponentially, so that their sum is 1 and their mean the value of
/// the point `mean`. Where there is no weight on one side of it, all goes to the point itself.
void tilt_to_mean(GridVector& weights, std::size_t mean);

}  // namespace viltree::search
