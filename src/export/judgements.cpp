#include "judgements.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>

#include <optional>
#include <utility>

namespace viltree::exports {

namespace {

using domain::kNoNode;
using domain::kRoot;
using search::NodeId;
using search::Tree;

/// The node where a solution of this text ends. Judges read what exports repaired to UTF-8.
std::optional<NodeId> find_text(const Tree& tree, std::string_view process) {
  struct Place {
    NodeId node;
    std::size_t matched;  ///< bytes
  };
  std::vector<Place> open = {{kRoot, 0}};
  while (!open.empty()) {
    const Place place = open.back();
    open.pop_back();
    for (NodeId id = tree.node(place.node).first_child; id != kNoNode; id = tree.node(id).next_sibling) {
      const std::string step = core::repair_utf8(tree.step(id));
      if (!process.substr(place.matched).starts_with(step)) continue;
      const std::size_t matched = place.matched + step.size();
      if (matched == process.size()) return id;
      open.push_back({id, matched});
    }
  }
  return std::nullopt;
}

std::optional<NodeId> find_solution(const Tree& tree, const domain::Judgement& judgement) {
  if (!judgement.node_id) return find_text(tree, judgement.process);
  const bool is_step = *judgement.node_id > kRoot.value && *judgement.node_id < tree.size();
  return is_step ? std::optional(NodeId{*judgement.node_id}) : std::nullopt;
}

}  // namespace

core::Result<Judgements> Judgements::load(storage::FileSystem& fs, const storage::Path& path) {
  const auto lines = storage::open_lines(fs, path, core::limits::kRecordBytes);
  if (!lines) return core::fail(lines.error());
  Judgements all;
  for (std::uint64_t number = 1;; ++number) {
    const auto line = (*lines)->next();
    const std::string where = path.string() + ":" + std::to_string(number);
    if (!line) return core::fail(line.error(), where);
    if (!*line) return all;
    if (core::trim((*line)->text).empty()) continue;
    auto judgement = codec::decode_judgement((*line)->text);
    if (!judgement)
      return core::fail(core::ErrorKind::kInvalidInput, where + ": " + judgement.error().message);
    auto& of_problem = all.by_problem_[judgement->problem_id];
    of_problem.push_back({where, std::move(*judgement)});
    ++all.size_;
  }
}

core::Result<std::vector<labels::JudgedSolution>> Judgements::of(const search::StoredTree& stored) const {
  std::vector<labels::JudgedSolution> solutions;
  const auto found = by_problem_.find(stored.problem.id);
  if (found == by_problem_.end()) return solutions;
  for (const Entry& entry : found->second) {
    const auto end = find_solution(stored.tree, entry.judgement);
    if (!end) continue;
    const auto& wrong = entry.judgement.first_wrong;
    const std::uint32_t steps = stored.tree.node(*end).depth;
    if (wrong && *wrong >= steps) {
      return core::fail(core::ErrorKind::kInvalidInput,
                        entry.where + ": \"first_wrong\" is " + std::to_string(*wrong) +
                            ", but the solution has " + std::to_string(steps) +
                            " steps, which are counted from 0");
    }
    solutions.push_back({*end, wrong});
  }
  return solutions;
}

}  // namespace viltree::exports
