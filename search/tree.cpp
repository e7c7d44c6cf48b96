#include <viltree/core/check.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/search/tree.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace viltree::search {

using domain::kNoNode;
using domain::kRoot;

Tree::Tree() : nodes_(1) {
  nodes_.front().whole = true;
}

NodeId Tree::child_with(NodeId parent, std::string_view text) const {
  for (NodeId child = node(parent).first_child; child != kNoNode; child = node(child).next_sibling) {
    if (step(child) == text) return child;
  }
  return kNoNode;
}

NodeId Tree::append_child(NodeId parent, std::string_view text) {
  VILTREE_CHECK(text_.size() + text.size() <= core::limits::kTreeTextBytes);
  VILTREE_CHECK(node(parent).depth < std::numeric_limits<std::uint16_t>::max());
  const NodeId id{static_cast<std::uint32_t>(nodes_.size())};
  Node child;
  child.parent = parent;
  child.text_begin = static_cast<std::uint32_t>(text_.size());
  child.text_size = static_cast<std::uint32_t>(text.size());
  child.depth = static_cast<std::uint16_t>(node(parent).depth + 1);
  text_ += text;
  if (node(parent).first_child == kNoNode) {
    at(parent).first_child = id;
  } else {
    at(node(parent).last_child).next_sibling = id;
  }
  at(parent).last_child = id;
  nodes_.push_back(child);
  return id;
}

std::uint8_t Tree::policy_number(std::string_view name) {
  const auto found = std::find(policies_.begin(), policies_.end(), name);
  if (found != policies_.end()) return static_cast<std::uint8_t>(found - policies_.begin());
  VILTREE_CHECK(policies_.size() < std::numeric_limits<std::uint8_t>::max());
  policies_.emplace_back(name);
  return static_cast<std::uint8_t>(policies_.size() - 1);
}

RolloutId Tree::append_rollout(NodeId origin, NodeId end, const domain::Rollout& rollout,
                               domain::Ticket ticket, std::string_view policy) {
  RolloutRecord record;
  record.origin = origin;
  record.end = end;
  record.ticket = ticket;
  record.tokens = rollout.completion.tokens.value_or(RolloutRecord::kUnknownTokens);
  record.logprob = rollout.completion.logprob.value_or(std::numeric_limits<float>::quiet_NaN());
  record.verdict = rollout.verdict;
  record.finish = rollout.completion.finish;
  record.policy = policy_number(policy);
  if (rollout.answer) {
    record.has_answer = true;
    record.answer_begin = static_cast<std::uint32_t>(text_.size());
    record.answer_size = static_cast<std::uint32_t>(rollout.answer->size());
    text_ += *rollout.answer;
  }
  const bool finished = record.finish == domain::FinishReason::kStop;
  if (finished) at(end).terminal = true;
  at(origin).evidence.add(record.verdict);
  if (finished && end != origin) at(end).evidence.add(record.verdict);
  for (NodeId id = end; id != kNoNode; id = node(id).parent) ++at(id).visits;
  rollouts_.push_back(record);
  return {static_cast<std::uint32_t>(rollouts_.size() - 1)};
}

RolloutId Tree::add_rollout(NodeId origin, std::span<const std::string_view> steps,
                            const domain::Rollout& rollout, domain::Ticket ticket, std::string_view policy) {
  const bool finished = rollout.completion.finish == domain::FinishReason::kStop;
  NodeId end = origin;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const NodeId known = child_with(end, steps[i]);
    end = known == kNoNode ? append_child(end, steps[i]) : known;
    if (finished || i + 1 < steps.size()) at(end).whole = true;
  }
  return append_rollout(origin, end, rollout, ticket, policy);
}

void Tree::add_refusal(NodeId origin, std::uint32_t n) {
  at(origin).evidence.add(domain::Verdict::kFailed, n);
}

void Tree::add_spent(const domain::TreeEvent& event) {
  ++spent_.answers;
  spent_.refusals += event.refusal ? 1 : 0;
  spent_.rollouts += event.rollouts.size();
  spent_.usage.add(event.bill.usage);
}

NodeId Tree::restore_node(NodeId parent, std::string_view text, bool whole, bool labelled) {
  const NodeId id = append_child(parent, text);
  at(id).whole = whole;
  at(id).labelled = labelled;
  return id;
}

RolloutId Tree::restore_rollout(NodeId origin, NodeId end, const domain::Rollout& rollout,
                                domain::Ticket ticket, std::string_view policy) {
  return append_rollout(origin, end, rollout, ticket, policy);
}

std::string_view Tree::step(NodeId id) const {
  return std::string_view(text_).substr(node(id).text_begin, node(id).text_size);
}

std::vector<NodeId> Tree::path(NodeId from, NodeId to) const {
  std::vector<NodeId> nodes;
  for (NodeId id = to; id != from; id = node(id).parent) {
    VILTREE_CHECK(id != kNoNode && id != kRoot);
    nodes.push_back(id);
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

std::size_t Tree::prefix_bytes(NodeId id) const {
  std::size_t bytes = 0;
  for (NodeId at = id; at != kNoNode; at = node(at).parent) bytes += node(at).text_size;
  return bytes;
}

std::string Tree::prefix(NodeId id) const {
  std::size_t size = prefix_bytes(id);
  std::string text(size, '\0');
  for (NodeId at_id = id; at_id != kNoNode; at_id = node(at_id).parent) {
    const std::string_view part = step(at_id);
    size -= part.size();
    std::copy(part.begin(), part.end(), text.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return text;
}

std::optional<std::string_view> Tree::answer(const RolloutRecord& rollout) const {
  if (!rollout.has_answer) return std::nullopt;
  return std::string_view(text_).substr(rollout.answer_begin, rollout.answer_size);
}

std::size_t Tree::memory_bytes() const {
  return nodes_.capacity() * sizeof(Node) + rollouts_.capacity() * sizeof(RolloutRecord) + text_.capacity();
}

void Tree::check_invariants() const {
  std::vector<std::uint32_t> visits(size(), 0);
  std::vector<domain::Evidence> evidence(size());
  for (const RolloutRecord& rollout : rollouts_) {
    const bool finished = rollout.finish == domain::FinishReason::kStop;
    VILTREE_CHECK(rollout.origin.value < size() && rollout.end.value < size());
    VILTREE_CHECK(!finished || node(rollout.end).terminal);
    evidence[rollout.origin.value].add(rollout.verdict);
    if (finished && rollout.end != rollout.origin) evidence[rollout.end.value].add(rollout.verdict);
    for (NodeId id = rollout.end; id != kNoNode; id = node(id).parent) ++visits[id.value];
  }
  std::size_t linked = 1;
  for (std::uint32_t i = 0; i < size(); ++i) {
    const Node& here = nodes_[i];
    VILTREE_CHECK(here.visits == visits[i]);
    for (std::size_t v = 0; v < domain::kVerdictKinds; ++v) {
      const bool refusals = static_cast<domain::Verdict>(v) == domain::Verdict::kFailed;
      VILTREE_CHECK(refusals || here.evidence.counts[v] == evidence[i].counts[v]);
    }
    for (NodeId child = here.first_child; child != kNoNode; child = node(child).next_sibling) {
      ++linked;
      VILTREE_CHECK(child.value > i && node(child).parent.value == i);
      VILTREE_CHECK(node(child).depth == here.depth + 1 && node(child).text_size > 0);
      VILTREE_CHECK(node(child).next_sibling != kNoNode || child == here.last_child);
    }
  }
  VILTREE_CHECK(linked == size());
}

std::vector<NodeId> first_errors(const Tree& tree) {
  std::vector<NodeId> found;
  std::vector<std::optional<double>> above(tree.size());  // value of the nearest measured node down to here
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const NodeId id{i};
    const std::optional<double> value = tree.value(id);
    const bool is_root = id == kRoot;
    const std::optional<double> ancestor = is_root ? std::nullopt : above[tree.node(id).parent.value];
    if (value == 0.0 && ancestor && *ancestor > 0.0) found.push_back(id);
    above[i] = value ? value : ancestor;
  }
  return found;
}

}  // namespace viltree::search
