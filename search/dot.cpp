#include "graph_view.hpp"

#include <viltree/search/dot.hpp>

#include <ostream>

#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/graphviz.hpp>

namespace viltree::search {

namespace {

struct Shown {
  const DotStyle* style = nullptr;
  bool operator()(std::uint32_t vertex) const { return style->shown({vertex}); }
  bool operator()(GraphView::Edge edge) const { return style->shown({edge.to}); }
};

/// A Graphviz string in quotes: quotes, backslashes and HTML entities escaped, newlines as left-aligned line
/// ends.
std::string dot_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\l";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

void write_dot(std::ostream& out, const Tree& tree, const DotStyle& style) {
  const GraphView view(tree);
  const boost::filtered_graph<GraphView, Shown, Shown> shown(view, Shown{&style}, Shown{&style});
  const auto vertex = [&](std::ostream& to, std::uint32_t id) {
    to << "[label=" << dot_string(style.label({id})) << ",fillcolor=" << dot_string(style.colour({id}))
       << ']';
  };
  const auto edge = [](std::ostream&, GraphView::Edge) {};
  const auto graph = [](std::ostream& to) {
    to << "rankdir=LR;\nnode [shape=box,style=filled,fontname=\"sans-serif\",fontsize=10];\n";
  };
  boost::write_graphviz(out, shown, vertex, edge, graph, boost::typed_identity_property_map<std::uint32_t>());
}

}  // namespace viltree::search
