#include "filters.hpp"

#include <viltree/core/similar_text.hpp>

#include <algorithm>
#include <numeric>

namespace viltree::labels {

namespace {

using domain::kNoNode;
using search::NodeId;
using search::Tree;

constexpr double kNearEnd = 0.1;  // of 0 or 1: where a question is settled

constexpr std::array<std::string_view, kFilters> kNames = {"unjudged", "disagreed",      "settled", "width",
                                                           "length",   "near_duplicate", "balance", "cap"};
constexpr std::array<std::string_view, kFilters> kDescriptions = {
    "steps of solutions that the judge was not asked about",
    "steps of solutions that the judge sees otherwise",
    "steps of questions that are settled",
    "steps whose interval is too wide",
    "steps that are too short or too long",
    "steps that nearly repeat a sibling",
    "rows for the balance of good and bad",
    "rows beyond a cap",
};

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// A step as near-duplicates see it.
struct Look {
  NodeId node;
  std::uint64_t simhash = 0;
  std::string numbers;
};

class DuplicateFinder {
 public:
  DuplicateFinder(const Tree& tree, std::vector<NodeLabel>& labels) : tree_(tree), labels_(labels) {}

  void look_below(NodeId parent) {
    std::vector<NodeId> children;
    for (NodeId id = tree_.node(parent).first_child; id != kNoNode; id = tree_.node(id).next_sibling) {
      if (labels_[id.value].value) children.push_back(id);
    }
    if (children.size() < 2) return;
    std::stable_sort(children.begin(), children.end(),
                     [&](NodeId a, NodeId b) { return tree_.node(a).visits > tree_.node(b).visits; });
    std::vector<Look> kept;
    for (const NodeId id : children) {
      Look look{id, core::simhash(core::normalised(tree_.step(id))), core::numbers_of(tree_.step(id))};
      const bool repeats =
          std::any_of(kept.begin(), kept.end(), [&](const Look& other) { return are_same(look, other); });
      if (repeats) {
        labels_[id.value].value.reset();
        labels_[id.value].left_out = Filter::kDuplicate;
      } else {
        kept.push_back(std::move(look));
      }
    }
  }

 private:
  [[nodiscard]] bool are_same(const Look& a, const Look& b) const {
    return core::are_near(a.simhash, b.simhash) && a.numbers == b.numbers && overlap(a.node, b.node);
  }
  [[nodiscard]] bool overlap(NodeId a, NodeId b) const {
    const search::NodeValue& one = *labels_[a.value].posterior;
    const search::NodeValue& other = *labels_[b.value].posterior;
    return one.lo <= other.hi && other.lo <= one.hi;
  }

  const Tree& tree_;
  std::vector<NodeLabel>& labels_;
};

/// How many rows of each side stay.
struct Sides {
  std::size_t good = 0;
  std::size_t bad = 0;
  [[nodiscard]] std::size_t all() const { return good + bad; }
};

Sides balanced(Sides sides, std::size_t ratio) {
  if (ratio == 0) return sides;
  return {std::min(sides.good, sides.bad * ratio), std::min(sides.bad, sides.good * ratio)};
}

/// In their proportion; of the rarer side one at least, so that the other may stay.
Sides capped(Sides sides, std::size_t ratio, std::size_t most) {
  if (most == 0 || sides.all() <= most) return sides;
  const bool good_is_rarer = sides.good < sides.bad;
  const std::size_t rarer = good_is_rarer ? sides.good : sides.bad;
  const std::size_t few = std::clamp<std::size_t>(rarer * most / sides.all(), 1, rarer);
  const std::size_t many = std::min({most - few, sides.all() - rarer, few * ratio});
  return good_is_rarer ? Sides{few, many} : Sides{many, few};
}

}  // namespace

std::string_view name(Filter filter) {
  return kNames[static_cast<std::size_t>(filter)];
}

std::string_view describe(Filter filter) {
  return kDescriptions[static_cast<std::size_t>(filter)];
}

void LeftOut::add(const LeftOut& other) {
  for (std::size_t i = 0; i < kFilters; ++i) counts[i] += other.counts[i];
}

std::uint64_t LeftOut::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

bool is_settled(const search::NodeValue& root) {
  return root.hi <= kNearEnd || root.lo >= 1 - kNearEnd;
}

std::optional<Filter> filter_of(std::string_view step, const search::NodeValue& value,
                                const Options& options) {
  if (value.hi - value.lo > options.max_width) return Filter::kWidth;
  const auto chars =
      static_cast<std::size_t>(std::count_if(step.begin(), step.end(), [](char c) { return !is_blank(c); }));
  const bool fits = chars >= options.min_chars && (options.max_chars == 0 || chars <= options.max_chars);
  return fits ? std::nullopt : std::optional(Filter::kLength);
}

void leave_out_duplicates(const Tree& tree, std::vector<NodeLabel>& labels) {
  DuplicateFinder finder(tree, labels);
  for (std::uint32_t i = 0; i < tree.size(); ++i) finder.look_below({i});
}

LeftOut left_out(const std::vector<NodeLabel>& labels) {
  LeftOut all;
  for (const NodeLabel& label : labels) {
    if (label.left_out) all.add(*label.left_out);
  }
  return all;
}

std::vector<std::size_t> choose_evenly(const std::vector<std::size_t>& places, std::size_t most) {
  std::vector<std::size_t> chosen;
  for (const std::size_t i : evenly_spread(places.size(), most)) chosen.push_back(places[i]);
  return chosen;
}

Kept balance_and_cap(const std::vector<bool>& good, const Options& options, const Chooser& choose) {
  const std::size_t most = options.rows_per_problem;
  std::vector<std::size_t> all(good.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Kept kept;
  if (options.balance == 0) {
    kept.places = most == 0 || all.size() <= most ? all : choose(all, most);
    kept.left_out.add(Filter::kCap, all.size() - kept.places.size());
    return kept;
  }
  std::array<std::vector<std::size_t>, 2> sides;  // bad, good
  for (const std::size_t place : all) sides[good[place] ? 1 : 0].push_back(place);
  const Sides in_balance = balanced({sides[1].size(), sides[0].size()}, options.balance);
  const Sides stay = capped(in_balance, options.balance, most);
  kept.left_out.add(Filter::kBalance, all.size() - in_balance.all());
  kept.left_out.add(Filter::kCap, in_balance.all() - stay.all());
  const auto take = [&](const std::vector<std::size_t>& side, std::size_t number) {
    if (number == 0) return;
    const std::vector<std::size_t> chosen = number == side.size() ? side : choose(side, number);
    kept.places.insert(kept.places.end(), chosen.begin(), chosen.end());
  };
  take(sides[1], stay.good);
  take(sides[0], stay.bad);
  std::sort(kept.places.begin(), kept.places.end());
  return kept;
}

}  // namespace viltree::labels
