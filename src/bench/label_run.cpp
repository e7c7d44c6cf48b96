#include "label_run.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/search/kernel_fit.hpp>

#include <algorithm>
#include <optional>

namespace viltree::bench {

using domain::kNoNode;
using domain::kRoot;
using domain::NodeId;

namespace {

constexpr double kBreaks = 0.5;

const steps::Splitter& splitter() {
  static const std::unique_ptr<steps::Splitter> kBlankLine = *steps::make_splitter({});
  return *kBlankLine;
}

domain::TreeEvent answer_to(const search::SampleAction& action, const std::string& prefix,
                            KnownPolicy& policy) {
  domain::TreeEvent event;
  event.ticket = action.ticket;
  event.bill.model = "known";
  std::uint64_t tokens = 0;
  for (std::uint32_t i = 0; i < action.n; ++i) {
    event.rollouts.push_back(policy.sample(prefix, action.seed + i));
    tokens += *event.rollouts.back().completion.tokens;
  }
  event.bill.usage.completion_tokens = tokens;
  return event;
}

std::vector<NodeId> wrong_ends(const search::Tree& tree, const std::vector<double>& truth) {
  std::vector<NodeId> ends;
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    if (tree.node({i}).terminal && truth[i] == 0) ends.push_back({i});
  }
  return ends;
}

std::vector<bool> on_paths_to(const search::Tree& tree, const std::vector<NodeId>& ends) {
  std::vector<bool> on_path(tree.size(), false);
  for (const NodeId end : ends) {
    for (NodeId id = end; id != kNoNode && !on_path[id.value]; id = tree.node(id).parent)
      on_path[id.value] = true;
  }
  return on_path;
}

ScoredLabel label_of(const search::Tree& tree, NodeId id, double value, double truth, Interval interval,
                     std::uint32_t problem) {
  return {static_cast<float>(value),       static_cast<float>(truth), static_cast<float>(interval.lo),
          static_cast<float>(interval.hi), tree.node(id).depth,       problem};
}

/// By node, how much of the nearest labelled ancestor's value is lost there: 1 where it becomes 0. None where
/// nothing can be said: it or all that is above it have no value, or the value was 0 before.
std::vector<std::optional<double>> losses(const search::Tree& tree) {
  std::vector<std::optional<double>> found(tree.size());
  std::vector<std::optional<double>> above(tree.size());
  above[0] = tree.value(kRoot);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const search::Node& node = tree.node({i});
    const std::optional<double> value = node.labelled ? tree.value({i}) : std::nullopt;
    const std::optional<double> before = above[node.parent.value];
    if (value && before && *before > 0) found[i] = std::max(0.0, 1 - *value / *before);
    above[i] = value ? value : before;
  }
  return found;
}

FirstErrors mc_first_errors(const search::Tree& tree, const std::vector<double>& truth) {
  const std::vector<bool> is_first = true_first_errors(tree, truth);
  const std::vector<std::optional<double>> loss = losses(tree);
  const std::vector<NodeId> ends = wrong_ends(tree, truth);
  const auto breaks = [&](NodeId id) { return loss[id.value] && *loss[id.value] > 1 - kBreaks; };
  FirstErrors errors;
  for (const NodeId end : ends) {
    const std::vector<NodeId> path = tree.path(kRoot, end);
    const auto step = std::find_if(path.begin(), path.end(), breaks);
    if (step == path.end()) continue;
    ++errors.paths;
    errors.found += is_first[step->value] ? 1 : 0;
  }
  const std::vector<bool> on_path = on_paths_to(tree, ends);
  std::vector<bool> broken(tree.size(), false);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const bool before = broken[tree.node({i}).parent.value];
    broken[i] = before || breaks({i});
    if (!on_path[i] || !loss[i]) continue;
    errors.scores.push_back({before ? 0.0F : static_cast<float>(*loss[i]), is_first[i]});
  }
  return errors;
}

FirstErrors posterior_first_errors(const search::Tree& tree, const std::vector<double>& truth,
                                   const std::vector<double>& scores) {
  const std::vector<bool> is_first = true_first_errors(tree, truth);
  const std::vector<NodeId> ends = wrong_ends(tree, truth);
  FirstErrors errors;
  for (const NodeId end : ends) {
    const std::vector<NodeId> path = tree.path(kRoot, end);
    const auto step = std::max_element(path.begin(), path.end(),
                                       [&](NodeId a, NodeId b) { return scores[a.value] < scores[b.value]; });
    ++errors.paths;
    errors.found += is_first[step->value] ? 1 : 0;
  }
  const std::vector<bool> on_path = on_paths_to(tree, ends);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    if (on_path[i]) errors.scores.push_back({static_cast<float>(scores[i]), is_first[i]});
  }
  return errors;
}

search::KernelCounts count(const std::vector<std::unique_ptr<search::Machine>>& trees,
                           const search::Kernel& kernel) {
  search::Posterior posterior(kernel);
  search::KernelCounts counts;
  for (const auto& machine : trees) {
    posterior.look_at(machine->tree(), {.own_rounds = 0});
    posterior.add_to(counts);
  }
  return counts;
}

}  // namespace

std::string_view name(Estimator estimator) {
  constexpr std::array<std::string_view, kEstimators> kNames = {"mc", "posterior", "posterior, own",
                                                                "posterior, other"};
  return kNames[static_cast<std::size_t>(estimator)];
}

std::unique_ptr<search::Machine> grow_tree(const Contestant& contestant, KnownPolicy& policy,
                                           std::uint64_t seed) {
  auto machine = std::make_unique<search::Machine>(
      contestant.strategy->make(contestant.constants, search::built_in_kernel()), splitter(),
      search::MachineOptions{.seed = core::mix64(seed, 0), .budget = contestant.budget});
  core::Random order(core::mix64(seed, 1));
  std::vector<search::SampleAction> open = machine->start();
  while (!open.empty()) {
    std::swap(open[order.next() % open.size()], open.back());
    const search::SampleAction action = open.back();
    open.pop_back();
    const auto more = machine->apply(answer_to(action, machine->tree().prefix(action.node), policy));
    VILTREE_CHECK(more.has_value());
    open.insert(open.end(), more->begin(), more->end());
  }
  return machine;
}

std::vector<double> true_values(const search::Tree& tree, const KnownPolicy& policy) {
  std::vector<double> values;
  for (std::uint32_t i = 0; i < tree.size(); ++i) values.push_back(policy.value(tree.prefix({i})));
  return values;
}

std::vector<bool> true_first_errors(const search::Tree& tree, const std::vector<double>& truth) {
  std::vector<bool> first(tree.size(), false);
  std::vector<bool> broken(tree.size(), false);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const std::uint32_t parent = tree.node({i}).parent.value;
    first[i] = !broken[parent] && truth[i] < kBreaks * truth[parent];
    broken[i] = broken[parent] || first[i];
  }
  return first;
}

EstimatorScore score_mc(const search::Tree& tree, const std::vector<double>& truth, std::uint32_t problem) {
  EstimatorScore score;
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const search::Node& node = tree.node({i});
    const std::optional<double> value = tree.value({i});
    if (!node.labelled || !node.whole || node.terminal || !value) continue;
    const Interval interval = wilson(node.evidence.of(domain::Verdict::kRight), node.evidence.decided());
    score.labels.push_back(label_of(tree, {i}, *value, truth[i], interval, problem));
  }
  score.first_errors = mc_first_errors(tree, truth);
  return score;
}

EstimatorScore score_posterior(const search::Tree& tree, const std::vector<double>& truth,
                               std::uint32_t problem, const search::Kernel& kernel) {
  search::Posterior posterior(kernel);
  posterior.look_at(tree, {});
  EstimatorScore score;
  std::vector<double> first_error(tree.size(), 0.0);
  for (std::uint32_t i = 1; i < tree.size(); ++i) {
    const search::NodeValue value = posterior.value({i});
    first_error[i] = value.first_error;
    const search::Node& node = tree.node({i});
    if (!node.whole || node.terminal || posterior.draws({i}).draws == 0) continue;
    score.labels.push_back(label_of(tree, {i}, value.mean, truth[i], {value.lo, value.hi}, problem));
  }
  score.first_errors = posterior_first_errors(tree, truth, first_error);
  return score;
}

TreeScore score_tree(const Contestant& contestant, const TruthTables& tables, std::uint64_t seed,
                     std::uint32_t problem, const Kernels& kernels) {
  KnownPolicy policy(tables, seed);
  const auto machine = grow_tree(contestant, policy, seed);
  const search::Tree& tree = machine->tree();
  const std::vector<double> truth = true_values(tree, policy);
  TreeScore score;
  score.tokens = tree.spent().usage.completion_tokens.value_or(0);
  score.requests = tree.spent().answers;
  score.estimators[0] = score_mc(tree, truth, problem);
  if (!contestant.with_posterior) return score;
  score.estimators[1] = score_posterior(tree, truth, problem, search::built_in_kernel());
  score.estimators[2] = score_posterior(tree, truth, problem, kernels.own);
  score.estimators[3] = score_posterior(tree, truth, problem, kernels.other);
  return score;
}

search::Kernel learn_kernel(const std::vector<std::unique_ptr<search::Machine>>& trees) {
  search::KernelFit fit;
  while (!fit.done()) fit.take(count(trees, fit.proposal()));
  return fit.result().kernel;
}

}  // namespace viltree::bench
