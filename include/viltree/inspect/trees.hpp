#pragma once

#include <viltree/core/result.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/run_directory.hpp>

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

/// The finished trees of a run, read from its directory alone. Only what the manifest lists is read, so that
/// a running crawl is no trouble. Work is parallel inside; memory follows a few frames, never the run.
/// Errors: kInvalidInput where the directory is no run, kCorruption where stored bytes are damaged (then
/// `viltree verify` says what else is), and the disk's own.
namespace viltree::inspect {

enum class ListFormat {
  kText,  ///< aligned columns with a header and totals; the problem's id stands last
  kJson,  ///< JSON lines: one object a tree, no totals
};

/// Writes a line for every tree of the committed units, in the order of problems, while reading. Lines in
/// front of damage have been written when the error comes. "labelled" counts labelled nodes below the root
/// that have a value.
[[nodiscard]] core::Status list_trees(const storage::RunDirectory& run, ListFormat format, std::ostream& out);

struct FoundTree {
  std::optional<search::StoredTree> tree;
  std::string nearest;  ///< where there is no such tree, the id most like the one asked for; may be empty
};

/// The tree of the problem with this id, or, for "#12", of the problem with index 12 (of the problem whose id
/// is "#12" where that index has no tree).
[[nodiscard]] core::Result<FoundTree> find_tree(const storage::RunDirectory& run, std::string_view problem);

}  // namespace viltree::inspect
