#pragma once

#include <viltree/search/tree.hpp>

#include <functional>
#include <iosfwd>
#include <string>

namespace viltree::search {

/// How a node looks in Graphviz. The strings are plain text; they are quoted here.
struct DotStyle {
  std::function<std::string(NodeId)> label;
  std::function<std::string(NodeId)> colour;  ///< a fill colour, "#rrggbb"
  std::function<bool(NodeId)> shown;          ///< nodes to draw; a node's ancestors must be shown too
};

/// Writes the tree as a Graphviz digraph (Boost.Graph's writer over a view of the tree, no copy).
void write_dot(std::ostream& out, const Tree& tree, const DotStyle& style);

}  // namespace viltree::search
