#pragma once

#include <viltree/search/stored_tree.hpp>

#include <cstddef>
#include <string>

/// One tree for people and programs. Pure and thread-safe. Model text is hostile: escape sequences,
/// bidirectional overrides and wrong UTF-8 come out harmless in every format.
///
/// A node is *notable* where the strategy labelled it or rollouts started at it. A node *breaks* the solution
/// where it is notable and one of search::first_errors.
namespace viltree::inspect {

struct TextOptions {
  bool colour = false;      ///< ANSI colours; for a terminal without NO_COLOR
  std::size_t width = 100;  ///< columns of a line; 0: no limit
  bool all = false;         ///< every node; max_nodes is not looked at
  bool rollouts = false;    ///< list below a node the rollouts that started there
  /// Notable nodes shown; beyond, those that break and those most visited; 0: all.
  std::size_t max_nodes = 500;
};

/// A header, then the tree. Shown are the notable nodes and what leads to them; the rest is told in numbers,
/// and a run of steps that nobody measured is one line. A path reads downwards like the solution; the drawing
/// is indented only where the tree branches.
[[nodiscard]] std::string render_text(const search::StoredTree& stored, const TextOptions& options);

/// One JSON object with a newline: problem, strategy, spent, policies, nodes (id, parent, depth, step, value,
/// counts, visits, labelled, terminal, first_error) and rollouts. Unknown is null. Characters that a terminal
/// would act on are escaped.
[[nodiscard]] std::string render_json(const search::StoredTree& stored);

/// A Graphviz digraph: the nodes that render_text shows (with `all`, every node), coloured from red (0) to
/// green (1), grey where nothing was measured.
[[nodiscard]] std::string render_dot(const search::StoredTree& stored, bool all);

}  // namespace viltree::inspect
