#include "view.hpp"

#include "summary.hpp"

#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace viltree::inspect {

namespace {

using domain::kRoot;
using domain::NodeId;
using domain::Verdict;
using search::RolloutRecord;
using search::Tree;

constexpr std::size_t kMostKnownColumns = 24;
constexpr std::size_t kMostAnswers = 4;  // of one verdict that are told

/// Calls for every ancestor of `id`, from its parent up, until that returns false.
template <class Visit>
void climb(const Tree& tree, NodeId id, const Visit& visit) {
  for (NodeId at = tree.node(id).parent; at != domain::kNoNode && visit(at); at = tree.node(at).parent) {
  }
}

std::vector<bool> notable_nodes(const Tree& tree) {
  std::vector<bool> notable(tree.size());
  for (std::uint32_t i = 0; i < tree.size(); ++i) notable[i] = tree.node({i}).labelled;
  for (const RolloutRecord& rollout : tree.rollouts()) notable[rollout.origin.value] = true;
  return notable;
}

void mark_breaks(const Tree& tree, View& view) {
  view.breaks.resize(tree.size());
  view.leads_to_break.resize(tree.size());
  for (const NodeId id : search::first_errors(tree)) {
    if (!view.notable[id.value]) continue;
    view.breaks[id.value] = true;
    climb(tree, id, [&](NodeId above) {
      const bool is_new = !view.leads_to_break[above.value];
      view.leads_to_break[above.value] = true;
      return is_new;
    });
  }
}

/// The chosen nodes: notable ones, the most telling of them where they are too many.
std::vector<NodeId> chosen_nodes(const Tree& tree, const View& view, std::size_t most) {
  std::vector<NodeId> chosen;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (view.notable[i]) chosen.push_back({i});
  }
  if (most == 0 || chosen.size() <= most) return chosen;
  const auto tells_more = [&](NodeId a, NodeId b) {
    if (view.breaks[a.value] != view.breaks[b.value]) return static_cast<bool>(view.breaks[a.value]);
    if (tree.node(a).visits != tree.node(b).visits) return tree.node(a).visits > tree.node(b).visits;
    return a < b;
  };
  std::nth_element(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(most), chosen.end(),
                   tells_more);
  chosen.resize(most);
  return chosen;
}

void show(const Tree& tree, View& view, const std::vector<NodeId>& chosen) {
  view.shown.assign(tree.size(), false);
  view.shown[kRoot.value] = true;
  for (const NodeId id : chosen) {
    if (view.shown[id.value]) continue;
    view.shown[id.value] = true;
    climb(tree, id, [&](NodeId above) {
      const bool is_new = !view.shown[above.value];
      view.shown[above.value] = true;
      return is_new;
    });
  }
}

void add_rollout(Hidden& hidden, const Tree& tree, const RolloutRecord& rollout) {
  hidden.verdicts.add(rollout.verdict);
  const auto answer = tree.answer(rollout);
  if (!answer) return;
  const auto told = std::count_if(hidden.answers.begin(), hidden.answers.end(),
                                  [&](const auto& known) { return known.first == rollout.verdict; });
  std::pair<Verdict, std::string> known(rollout.verdict, core::one_line(*answer, kMostKnownColumns));
  const bool is_new = std::find(hidden.answers.begin(), hidden.answers.end(), known) == hidden.answers.end();
  if (is_new && static_cast<std::size_t>(told) <= kMostAnswers) hidden.answers.push_back(std::move(known));
}

void count_hidden(const Tree& tree, View& view) {
  view.hidden.resize(tree.size());
  std::vector<std::uint32_t> keeper(tree.size());  // the nearest shown node, upwards
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    keeper[i] = view.shown[i] ? i : keeper[tree.node({i}).parent.value];
    if (!view.shown[i]) ++view.hidden[keeper[i]].steps;
  }
  for (const RolloutRecord& rollout : tree.rollouts()) {
    const std::uint32_t end = rollout.end.value;
    if (!view.shown[end]) add_rollout(view.hidden[keeper[end]], tree, rollout);
  }
}

std::vector<domain::RolloutId> first_ended(const Tree& tree) {
  std::vector<domain::RolloutId> ended(tree.size(), domain::kNoRollout);
  for (std::uint32_t i = 0; i < tree.rollout_count(); ++i) {
    const RolloutRecord& rollout = tree.rollout({i});
    domain::RolloutId& first = ended[rollout.end.value];
    if (rollout.finish == domain::FinishReason::kStop && first == domain::kNoRollout) first = {i};
  }
  return ended;
}

/// "12, 14, …": the answers that came with a verdict.
std::string answer_list(const Hidden& hidden, Verdict verdict) {
  std::string list;
  std::size_t told = 0;
  for (const auto& [of, answer] : hidden.answers) {
    if (of != verdict) continue;
    if (told > 0) list += ", ";
    if (told == kMostAnswers) return list + "…";
    list += answer;
    ++told;
  }
  return list;
}

}  // namespace

View view_of(const Tree& tree, bool all, std::size_t most) {
  View view;
  view.notable = notable_nodes(tree);
  mark_breaks(tree, view);
  if (all) {
    view.shown.assign(tree.size(), true);
  } else {
    show(tree, view, chosen_nodes(tree, view, most));
  }
  count_hidden(tree, view);
  view.ended = first_ended(tree);
  return view;
}

std::string hidden_text(const Hidden& hidden) {
  if (hidden.steps == 0) return {};
  std::string text = core::counted(hidden.steps, "step");
  const std::uint32_t rollouts = hidden.verdicts.total();
  if (rollouts > 1) text += ", " + core::counted(rollouts, "rollout");
  std::string separator = ": ";
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (hidden.verdicts.of(verdict) == 0) continue;
    text += std::exchange(separator, ", ") + std::string(name(verdict));
    if (rollouts > 1) text += ' ' + core::with_thousands(hidden.verdicts.of(verdict));
    const std::string answers = answer_list(hidden, verdict);
    if (!answers.empty()) text += " (" + answers + ")";
  }
  return text;
}

}  // namespace viltree::inspect
