#include "tree_check.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/display.hpp>
#include <viltree/json/value.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace viltree::fsck {

namespace {

using domain::kNoNode;
using domain::kRoot;
using domain::LabelRow;
using domain::NodeId;
using search::RolloutRecord;
using search::Tree;
using Json = json::OrderedValue;

constexpr std::size_t kMostValueColumns = 48;

bool has_twins(const Tree& tree, NodeId parent) {
  std::set<std::string_view> steps;
  for (NodeId child = tree.node(parent).first_child; child != kNoNode;
       child = tree.node(child).next_sibling) {
    if (!steps.insert(tree.step(child)).second) return true;
  }
  return false;
}

void check_nodes(const Tree& tree, std::vector<std::string>& complaints) {
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const search::Node& node = tree.node({i});
    const std::string name = "node " + std::to_string(i);
    if (node.visits == 0 && i != kRoot.value) complaints.push_back(name + " is on no rollout's path");
    const bool inner_or_end = node.first_child != kNoNode || node.terminal;
    if (inner_or_end && !node.whole)
      complaints.push_back(name + " goes on or ends, yet it was never written whole");
    if (has_twins(tree, {i})) complaints.push_back(name + " has two children with the same step");
  }
}

void check_rollouts(const Tree& tree, std::vector<std::string>& complaints) {
  const search::Spent& spent = tree.spent();
  std::uint64_t answered = 0;
  std::uint32_t before = 0;
  for (const RolloutRecord& rollout : tree.rollouts()) {
    if (rollout.ticket.value < before)
      complaints.emplace_back("its rollouts are not in the order of tickets");
    answered += rollout.ticket.value != before ? 1 : 0;
    before = rollout.ticket.value;
  }
  if (spent.rollouts != tree.rollout_count()) {
    complaints.push_back("it has " + std::to_string(tree.rollout_count()) + " rollouts, but " +
                         std::to_string(spent.rollouts) + " were paid for");
  }
  if (answered + spent.refusals > spent.answers) {
    complaints.emplace_back("its rollouts came with more answers than were paid for");
  }
}

std::string cut(const Json& value) {
  return core::one_line(value.dump(-1, ' ', true, Json::error_handler_t::replace), kMostValueColumns);
}

/// Names the first field in which two rows differ.
std::string difference(std::string_view line, std::string_view expected_line) {
  const auto row = json::parse_ordered(line);
  const auto expected = json::parse_ordered(expected_line);
  if (!row || !expected) return "it is no row";
  for (const auto& [key, value] : expected->items()) {
    const auto found = row->find(key);
    if (found == row->end()) return "\"" + key + "\" is missing";
    if (*found != value) return "\"" + key + "\" is " + cut(*found) + ", its tree says " + cut(value);
  }
  return "it is not written as this program writes rows";
}

const LabelRow* find_node(const std::vector<LabelRow>& rows, std::uint32_t node) {
  const auto at = std::lower_bound(rows.begin(), rows.end(), node,
                                   [](const LabelRow& row, std::uint32_t id) { return row.node_id < id; });
  return at != rows.end() && at->node_id == node ? &*at : nullptr;
}

/// The expected row with what is not the tree's to say taken from the row, as a line.
std::string line_of(LabelRow expected, const LabelRow& row) {
  expected.index = row.index;
  expected.value = row.value;
  expected.posterior_mean = row.posterior_mean;
  expected.posterior_lo = row.posterior_lo;
  expected.posterior_hi = row.posterior_hi;
  expected.first_error_prob = row.first_error_prob;
  expected.advantage = row.advantage;
  expected.key_weight = row.key_weight;
  expected.continuation = row.continuation;
  expected.checker = row.checker;
  expected.seed = row.seed;
  expected.config_hash = row.config_hash;
  return codec::encode_row(expected);
}

std::vector<LabelRow> rows_of(const search::StoredTree& stored, bool truncated_is_wrong) {
  labels::Options options;
  options.mode = &labels::posterior();  // has a value wherever any mode has one
  options.truncated_is_wrong = truncated_is_wrong;
  return labels::rows(stored.problem, stored.tree, options, {});
}

}  // namespace

std::vector<std::string> tree_complaints(const search::StoredTree& stored) {
  std::vector<std::string> complaints;
  check_nodes(stored.tree, complaints);
  check_rollouts(stored.tree, complaints);
  return complaints;
}

ExpectedRows::ExpectedRows(const search::StoredTree& stored)
    : plain_(rows_of(stored, false)), with_truncated_(rows_of(stored, true)) {}

std::optional<std::string> ExpectedRows::complaint(const LabelRow& row, std::string_view line) const {
  if (!row.value || *row.value < -1 || *row.value > 1) return "\"value\" is not a number from -1 to 1";
  const LabelRow* const with_truncated = find_node(with_truncated_, row.node_id);
  if (with_truncated != nullptr && line_of(*with_truncated, row) == line) return std::nullopt;
  const LabelRow* const plain = find_node(plain_, row.node_id);
  if (plain == nullptr && with_truncated == nullptr) {
    return "node " + std::to_string(row.node_id) + " is not labelled in its tree, or has no value";
  }
  const std::string expected = line_of(plain != nullptr ? *plain : *with_truncated, row);
  if (expected == line) return std::nullopt;
  return difference(line, expected);
}

}  // namespace viltree::fsck
