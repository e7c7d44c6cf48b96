#include <viltree/core/check.hpp>
#include <viltree/search/posterior.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace viltree::search {

using domain::kNoNode;
using domain::Verdict;

namespace {

constexpr double kTail = 0.025;
constexpr double kOwnStrength = 20;  ///< of the run's kernel beside a tree's own, in steps of each class

/// Where the cell of a point ends: half-way to the next. The points 0 and 1 are cells by themselves.
double cell_end(std::size_t point) {
  const GridVector& g = value_grid();
  if (point == 0) return 0;
  return point == kLastPoint ? 1 : (g[point] + g[point + 1]) / 2;
}

double cell_begin(std::size_t point) {
  if (point == 0) return 0;
  return point == kLastPoint ? 1 : (value_grid()[point - 1] + value_grid()[point]) / 2;
}

/// The value below which lies `share` of the distribution.
double quantile(const GridVector& distribution, double share) {
  double sum = 0;
  for (std::size_t j = 0; j < kGridPoints; ++j) {
    if (sum + distribution[j] < share) {
      sum += distribution[j];
      continue;
    }
    const double part = distribution[j] > 0 ? (share - sum) / distribution[j] : 0;
    return cell_begin(j) + part * (cell_end(j) - cell_begin(j));
  }
  return 1;
}

/// What is less likely than this, beside the likeliest, is counted as this likely: so a product is never all
/// 0.
constexpr double kLeast = 1e-150;

/// Multiplies, and divides by the greatest. Returns the logarithm of what it was divided by.
double multiply_and_scale(GridVector& product, const GridVector& factor) {
  double greatest = 0;
  for (std::size_t k = 0; k < kGridPoints; ++k) {
    product[k] *= factor[k];
    greatest = std::max(greatest, product[k]);
  }
  VILTREE_CHECK(greatest > 0);
  for (double& value : product) value = std::max(value / greatest, kLeast);
  return std::log(greatest);
}

/// p^right (1-p)^wrong, greatest 1.
GridVector likelihood(const GridVector& p, std::uint32_t right, std::uint32_t wrong) {
  GridVector logs;
  for (std::size_t j = 0; j < kGridPoints; ++j) {
    logs[j] = (right > 0 ? right * std::log(p[j]) : 0.0) + (wrong > 0 ? wrong * std::log1p(-p[j]) : 0.0);
  }
  const double greatest = *std::max_element(logs.begin(), logs.end());
  for (double& value : logs) value = std::max(std::exp(value - greatest), kLeast);
  return logs;
}

void normalise(GridVector& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  VILTREE_CHECK(sum > 0);
  for (double& weight : weights) weight /= sum;
}

// The inner loop of everything, for processors with wider registers, too; the same operations in the same
// order. Every index of a loop with constant bounds is within them, so that sanitizers need not ask: by
// pointers, because their operators would ask.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define VILTREE_WIDE
#define VILTREE_CONSTANT_BOUNDS [[gnu::no_sanitize("address", "undefined", "thread")]]
#elif defined(__x86_64__) && !defined(__clang__)
#define VILTREE_WIDE [[gnu::target_clones("avx2", "default")]]
#define VILTREE_CONSTANT_BOUNDS VILTREE_WIDE
#else
#define VILTREE_WIDE
#define VILTREE_CONSTANT_BOUNDS
#endif

/// The sum of a matrix's rows by weight.
VILTREE_CONSTANT_BOUNDS GridVector weighted_rows(const GridMatrix& rows, const GridVector& weights) {
  GridVector sum{};
  double* const out = sum.data();
  for (std::size_t i = 0; i < kGridPoints; ++i) {
    const double weight = weights[i];
    const double* const row = rows[i].data();
    for (std::size_t j = 0; j < kGridPoints; ++j) out[j] += weight * row[j];
  }
  return sum;
}

/// Adds what goes from each point to the points from the first unbroken one on.
VILTREE_WIDE void add_unbroken(GridVector& sum, const GridMatrix& rows, const EndEffect& ends,
                               const GridVector& from,
                               const std::array<std::size_t, kGridPoints>& first_unbroken) {
  for (std::size_t k = 0; k < kGridPoints; ++k) {
    if (from[k] <= 0) continue;
    const double upper = from[k] * ends.upper[k];
    const double lower = from[k] - upper;
    const GridVector& lower_row = rows[ends.lower[k]];
    const GridVector& upper_row = rows[ends.lower[k] + 1U];
    for (std::size_t j = first_unbroken[k]; j < kGridPoints; ++j)
      sum[j] += lower * lower_row[j] + upper * upper_row[j];
  }
}

void add_scaled(GridVector& sum, const GridVector& vector, double by) {
  for (std::size_t k = 0; k < kGridPoints; ++k) sum[k] += by * vector[k];
}

/// At a parent's point k, the value of what goes on from there.
double going_on(const GridVector& values, const EndEffect& ends, std::size_t k) {
  const std::size_t lower = ends.lower[k];
  return (1 - ends.upper[k]) * values[lower] + ends.upper[k] * values[lower + 1];
}

/// By point i, the first point whose value is at least `ratio` of its own.
std::array<std::size_t, kGridPoints> first_unbroken_points(double ratio) {
  const GridVector& g = value_grid();
  std::array<std::size_t, kGridPoints> points{};
  for (std::size_t i = 0; i < kGridPoints; ++i)
    points[i] = static_cast<std::size_t>(std::lower_bound(g.begin(), g.end(), ratio * g[i]) - g.begin());
  return points;
}

}  // namespace

std::uint8_t leading_policy(const Tree& tree) {
  std::vector<std::uint64_t> decided(tree.policies().size(), 0);
  for (const RolloutRecord& rollout : tree.rollouts()) {
    if (rollout.verdict == Verdict::kRight || rollout.verdict == Verdict::kWrong) ++decided[rollout.policy];
  }
  const auto most = std::max_element(decided.begin(), decided.end());
  return static_cast<std::uint8_t>(most - decided.begin());
}

std::vector<NodeDraws> count_draws(const Tree& tree, const PosteriorOptions& options) {
  std::vector<NodeDraws> nodes(tree.size());
  for (const RolloutRecord& rollout : tree.rollouts()) {
    if (rollout.policy != options.policy) continue;
    NodeDraws& end = nodes[rollout.end.value];
    if (rollout.finish == domain::FinishReason::kStop) {
      end.right += rollout.verdict == Verdict::kRight ? 1 : 0;
      end.wrong += rollout.verdict == Verdict::kWrong ? 1 : 0;
    }
    if (options.truncated_is_wrong && rollout.verdict == Verdict::kTruncated) ++end.wrong;
    const std::uint32_t end_depth = tree.node(rollout.end).depth;
    const std::uint32_t steps = end_depth - tree.node(rollout.origin).depth;
    const bool has_tokens = rollout.tokens != RolloutRecord::kUnknownTokens && steps > 0;
    bool above_origin = false;
    for (NodeId id = rollout.end; id != kNoNode && !above_origin; id = tree.node(id).parent) {
      NodeDraws& node = nodes[id.value];
      const std::uint32_t left = end_depth - tree.node(id).depth;
      ++node.through;
      node.steps_to_end += left;
      if (has_tokens) {
        ++node.tokens_of;
        node.tokens_to_end += std::uint64_t{rollout.tokens} * left / steps;
      }
      above_origin = id == rollout.origin;
      if (!above_origin) ++node.draws;
    }
  }
  std::vector<std::uint32_t> choices(tree.size(), 0);
  for (std::uint32_t i = 1; i < tree.size(); ++i) choices[tree.node({i}).parent.value] += nodes[i].draws;
  for (std::uint32_t i = 1; i < tree.size(); ++i) nodes[i].of_parent = choices[tree.node({i}).parent.value];
  return nodes;
}

std::vector<double> end_hazards(const Tree& tree, const std::vector<NodeDraws>& draws) {
  std::uint32_t deepest = 0;
  for (std::uint32_t i = 0; i < tree.size(); ++i)
    deepest = std::max<std::uint32_t>(deepest, tree.node({i}).depth);
  std::vector<double> ends(deepest + 1, 0.0);
  std::vector<double> all(deepest + 1, 0.0);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const Node& node = tree.node({i});
    all[node.depth - 1] += draws[i].draws;
    if (node.terminal && node.first_child == kNoNode) ends[node.depth - 1] += draws[i].draws;
  }
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  const double usual = sum > 0 ? std::accumulate(ends.begin(), ends.end(), 0.0) / sum : 0.0;
  for (std::uint32_t t = 0; t <= deepest; ++t) ends[t] = (ends[t] + usual) / (all[t] + 1);
  return ends;
}

void Posterior::look_at(const Tree& tree, const PosteriorOptions& options) {
  draws_ = count_draws(tree, options);
  nodes_.resize(tree.size());
  first_unbroken_ = first_unbroken_points(options.break_ratio);
  hazards_ = end_hazards(tree, draws_);
  kernel_ = given_;
  for (std::uint32_t round = 0; round < options.own_rounds; ++round) {
    sweep(tree, false);
    KernelCounts counts;
    add_to(counts);
    kernel_ = fit_kernel(counts, kOwnStrength, given_);
    kernel_.prior = given_.prior;
  }
  sweep(tree, options.first_errors);
}

void Posterior::sweep(const Tree& tree, bool first_errors) {
  first_errors_ = first_errors;
  log_likelihood_ = 0;
  end_effects_.clear();
  for (const double hazard : hazards_) end_effects_.push_back(end_effect(kernel_.ending, hazard));
  classify(tree);
  sweep_up();
  sweep_down();
}

/// A finished solution that nothing goes on from has a known value, if its verdicts agree.
void Posterior::classify(const Tree& tree) {
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const Node& node = tree.node({i});
    const NodeDraws& draws = draws_[i];
    NodeState& state = nodes_[i];
    state.parent = node.parent.value;
    state.depth = node.depth;
    state.kind = i > 0 && draws.draws == 0 ? Kind::kFromPrior : Kind::kDrawn;
    const bool has_end = node.terminal && node.first_child == kNoNode && i > 0;
    if (has_end && (draws.right > 0) != (draws.wrong > 0)) state.kind = Kind::kFinished;
    state.upward.fill(1);
    for (GridVector& product : state.below) product.fill(1);
    state.below_log.fill(0);
    state.says_something = false;
    state.has_children = false;
  }
}

const std::array<double, kStepTypes>& Posterior::shares(std::uint32_t i) const {
  return kernel_.types[distance_class(draws_[i].mean_steps_to_end())];
}

void Posterior::multiply(NodeState& node, const GridVector& message) {
  log_likelihood_ += multiply_and_scale(node.upward, message);
  node.says_something = true;
}

void Posterior::sweep_up() {
  // Children come after their parents.
  for (auto i = static_cast<std::uint32_t>(nodes_.size()); i-- > 0;) {
    NodeState& node = nodes_[i];
    const NodeDraws& draws = draws_[i];
    if (node.kind == Kind::kFinished) {
      // Each draw of it is a draw from its parent. One that was not drawn says nothing of its parent.
      if (draws.draws > 0) {
        multiply(nodes_[node.parent],
                 likelihood(ends_at(node.parent).right, std::min(draws.draws, draws.right),
                            std::min(draws.draws, draws.wrong)));
      }
      continue;
    }
    if (draws.right + draws.wrong > 0) multiply(node, likelihood(value_grid(), draws.right, draws.wrong));
    if (node.has_children) close_upward(i);
    if (i > 0 && node.kind == Kind::kDrawn && node.says_something) tell_parent(i);
  }
}

/// Sums over the types of the node's next step. `below` becomes the share of each type at each value.
void Posterior::close_upward(std::uint32_t i) {
  NodeState& node = nodes_[i];
  const double greatest = *std::max_element(node.below_log.begin(), node.below_log.end());
  GridVector sum{};
  for (std::size_t z = 0; z < kStepTypes; ++z) {
    const double scale = shares(i)[z] * std::exp(node.below_log[z] - greatest);
    for (std::size_t k = 0; k < kGridPoints; ++k) sum[k] += node.below[z][k] *= scale;
  }
  for (GridVector& share : node.below) {
    for (std::size_t k = 0; k < kGridPoints; ++k) share[k] = sum[k] > 0 ? share[k] / sum[k] : 0.0;
  }
  log_likelihood_ += greatest;
  multiply(node, sum);
}

void Posterior::tell_parent(std::uint32_t i) {
  NodeState& node = nodes_[i];
  NodeState& parent = nodes_[node.parent];
  const NodeDraws& draws = draws_[i];
  const EndEffect& ends = ends_at(node.parent);
  for (std::size_t z = 0; z < kStepTypes; ++z) {
    const GridMatrix& columns = transition(z, draws.draws, draws.of_parent).columns;
    const GridVector message = weighted_rows(columns, node.upward);
    for (std::size_t k = 0; k < kGridPoints; ++k) node.to_parent[z][k] = going_on(message, ends, k);
  }
  for (std::size_t z = 0; z < kStepTypes; ++z)
    parent.below_log[z] += multiply_and_scale(parent.below[z], node.to_parent[z]);
  parent.has_children = true;
}

void Posterior::sweep_down() {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    NodeState& node = nodes_[i];
    if (node.kind == Kind::kFinished) {
      pass_to_finished(i);
      continue;
    }
    if (i > 0 && node.kind == Kind::kDrawn) {
      pass_down(i);
      continue;
    }
    for (std::size_t j = 0; j < kGridPoints; ++j) node.posterior[j] = kernel_.prior[j] * node.upward[j];
    log_likelihood_ += std::log(std::accumulate(node.posterior.begin(), node.posterior.end(), 0.0));
    normalise(node.posterior);
    node.unbroken = node.posterior;
    node.first_error = 0;
  }
}

/// By point of the parent's value: the probability that the step is of this type, over what the child said of
/// it.
GridVector Posterior::weights_of(std::uint32_t i, std::size_t type, const GridMatrix& rows) const {
  const NodeState& child = nodes_[i];
  const NodeState& parent = nodes_[child.parent];
  GridVector told = child.to_parent[type];
  if (!child.says_something) {
    GridVector sums;
    for (std::size_t k = 0; k < kGridPoints; ++k)
      sums[k] = std::accumulate(rows[k].begin(), rows[k].end(), 0.0);
    for (std::size_t k = 0; k < kGridPoints; ++k) told[k] = going_on(sums, ends_at(child.parent), k);
  }
  GridVector weights;
  for (std::size_t k = 0; k < kGridPoints; ++k) {
    // Of a node whose children say nothing the types are as likely as ever.
    const double share = parent.has_children ? parent.below[type][k] : shares(child.parent)[type];
    weights[k] = told[k] > 0 ? share / told[k] : 0.0;
  }
  return weights;
}

void Posterior::pass_down(std::uint32_t i) {
  NodeState& child = nodes_[i];
  const NodeState& parent = nodes_[child.parent];
  const EndEffect& ends = ends_at(child.parent);
  child.posterior.fill(0);
  child.unbroken.fill(0);
  for (std::size_t z = 0; z < kStepTypes; ++z) {
    const GridMatrix& rows = transition(z, draws_[i].draws, draws_[i].of_parent).rows;
    const GridVector weights = weights_of(i, z, rows);
    GridVector from{};
    for (std::size_t k = 0; k < kGridPoints; ++k) {
      from[ends.lower[k]] += weights[k] * parent.posterior[k] * (1 - ends.upper[k]);
      from[ends.lower[k] + 1U] += weights[k] * parent.posterior[k] * ends.upper[k];
    }
    add_scaled(child.posterior, weighted_rows(rows, from), 1);
    if (first_errors_) pass_unbroken(i, weights, rows);
  }
  double unbroken = 0;
  for (std::size_t j = 0; j < kGridPoints; ++j) {
    child.posterior[j] *= child.upward[j];
    child.unbroken[j] *= child.upward[j];
    unbroken += child.unbroken[j];
  }
  normalise(child.posterior);
  // What was unbroken and is not any more.
  if (first_errors_)
    child.first_error =
        std::max(0.0, std::accumulate(parent.unbroken.begin(), parent.unbroken.end(), 0.0) - unbroken);
}

void Posterior::pass_unbroken(std::uint32_t i, const GridVector& weights, const GridMatrix& rows) {
  NodeState& child = nodes_[i];
  const NodeState& parent = nodes_[child.parent];
  GridVector from;
  for (std::size_t k = 0; k < kGridPoints; ++k) from[k] = parent.unbroken[k] * weights[k];
  add_unbroken(child.unbroken, rows, ends_at(child.parent), from, first_unbroken_);
}

/// A wrong end breaks whatever had a value above 0.
void Posterior::pass_to_finished(std::uint32_t i) {
  NodeState& child = nodes_[i];
  const NodeState& parent = nodes_[child.parent];
  const bool is_right = draws_[i].right > 0;
  child.posterior.fill(0);
  child.posterior[is_right ? kLastPoint : 0] = 1;
  const double unbroken = std::accumulate(parent.unbroken.begin(), parent.unbroken.end(), 0.0);
  child.first_error = is_right ? 0 : unbroken - parent.unbroken[0];
  child.unbroken.fill(0);
  child.unbroken[is_right ? kLastPoint : 0] = unbroken - child.first_error;
}

double Posterior::mean(NodeId id) const {
  const GridVector& p = distribution(id);
  return std::inner_product(p.begin(), p.end(), value_grid().begin(), 0.0);
}

double Posterior::variance(NodeId id) const {
  const GridVector& p = distribution(id);
  const double middle = mean(id);
  double sum = 0;
  for (std::size_t j = 0; j < kGridPoints; ++j) {
    const double off = value_grid()[j] - middle;
    sum += p[j] * off * off;
  }
  return sum;
}

double Posterior::below(NodeId id, double threshold) const {
  const GridVector& p = distribution(id);
  double sum = 0;
  for (std::size_t j = 0; j < kGridPoints; ++j) {
    if (cell_begin(j) >= threshold) break;
    const double width = cell_end(j) - cell_begin(j);
    sum += p[j] * (width > 0 ? std::min(1.0, (threshold - cell_begin(j)) / width) : 1.0);
  }
  return sum;
}

NodeValue Posterior::value(NodeId id) const {
  const NodeState& node = nodes_[id.value];
  NodeValue value;
  value.mean = mean(id);
  value.lo = quantile(node.posterior, kTail);
  value.hi = quantile(node.posterior, 1 - kTail);
  value.first_error = std::clamp(node.first_error, 0.0, 1.0);
  value.from_prior = node.kind == Kind::kFromPrior;
  return value;
}

void Posterior::add_to(KernelCounts& counts) const {
  for (std::size_t j = 0; j < kGridPoints; ++j) counts.roots[j] += nodes_[0].posterior[j];
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const NodeState& node = nodes_[i];
    if (!node.has_children) continue;
    auto& types = counts.types[distance_class(draws_[i].mean_steps_to_end())];
    for (std::size_t z = 0; z < kStepTypes; ++z) {
      types[z] +=
          std::inner_product(node.posterior.begin(), node.posterior.end(), node.below[z].begin(), 0.0);
    }
  }
  for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
    if (nodes_[i].kind != Kind::kFinished || draws_[i].draws == 0) continue;
    const GridVector& before = nodes_[nodes_[i].parent].posterior;
    const double right = std::min(draws_[i].draws, draws_[i].right);
    const double all = right + std::min(draws_[i].draws, draws_[i].wrong);
    add_scaled(counts.ends, before, all);
    add_scaled(counts.right_ends, before, right);
  }
  counts.log_likelihood += log_likelihood_;
  ++counts.trees;
}

}  // namespace viltree::search
