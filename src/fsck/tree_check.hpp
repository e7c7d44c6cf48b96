#pragma once

#include <viltree/domain/label_row.hpp>
#include <viltree/search/stored_tree.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::fsck {

/// What contradicts itself in a decoded tree; empty where nothing does. Decoding has checked the links, and
/// that the stored counts are those of the rollouts; counts and visits of a decoded tree follow from its
/// rollouts. So Tree::check_invariants, which aborts, could only ever find a bug of this program and is not
/// asked.
[[nodiscard]] std::vector<std::string> tree_complaints(const search::StoredTree& stored);

/// The rows that a tree gives rise to, to compare stored rows with.
class ExpectedRows {
 public:
  explicit ExpectedRows(const search::StoredTree& stored);

  /// What the row says that its tree does not; nothing where they agree. The label's value, what a posterior
  /// says (it rests on the kernel too), its place in the run and what is known of the run are not the tree's
  /// to say.
  [[nodiscard]] std::optional<std::string> complaint(const domain::LabelRow& row,
                                                     std::string_view line) const;

 private:
  std::vector<domain::LabelRow> plain_;           // by node id
  std::vector<domain::LabelRow> with_truncated_;  // the same, where truncated rollouts count as wrong
};

}  // namespace viltree::fsck
