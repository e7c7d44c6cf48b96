#pragma once

#include <viltree/search/tree.hpp>

#include <cstdint>
#include <utility>

#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>
#include <boost/iterator/counting_iterator.hpp>
#include <boost/iterator/iterator_facade.hpp>
#include <boost/property_map/property_map.hpp>

namespace viltree::search {

/// A read-only Boost.Graph view of a tree: vertices are node numbers, and an edge is the number of the node
/// that it leads to (every node but the root has one edge from above). Models VertexListGraph, EdgeListGraph
/// and BidirectionalGraph. The tree must not grow while a view is used.
class GraphView {
 public:
  explicit GraphView(const Tree& tree) : tree_(&tree) {}
  [[nodiscard]] const Tree& tree() const { return *tree_; }

  struct Edge {
    std::uint32_t to = 0;
    friend bool operator==(Edge, Edge) = default;
  };

  /// Children of a node, in order.
  class OutEdges : public boost::iterator_facade<OutEdges, Edge, boost::forward_traversal_tag, Edge> {
   public:
    OutEdges() = default;
    OutEdges(const Tree& tree, NodeId at) : tree_(&tree), at_(at) {}

   private:
    friend class boost::iterator_core_access;
    [[nodiscard]] Edge dereference() const { return {at_.value}; }
    void increment() { at_ = tree_->node(at_).next_sibling; }
    [[nodiscard]] bool equal(const OutEdges& other) const { return at_ == other.at_; }
    const Tree* tree_ = nullptr;
    NodeId at_ = domain::kNoNode;
  };

  /// All edges, or the one edge from above: a run of node numbers.
  class EdgeRun : public boost::iterator_facade<EdgeRun, Edge, boost::random_access_traversal_tag, Edge> {
   public:
    EdgeRun() = default;
    explicit EdgeRun(std::uint32_t at) : at_(at) {}

   private:
    friend class boost::iterator_core_access;
    [[nodiscard]] Edge dereference() const { return {at_}; }
    void increment() { ++at_; }
    void decrement() { --at_; }
    void advance(std::ptrdiff_t by) { at_ = static_cast<std::uint32_t>(at_ + by); }
    [[nodiscard]] std::ptrdiff_t distance_to(const EdgeRun& other) const {
      return static_cast<std::ptrdiff_t>(other.at_) - static_cast<std::ptrdiff_t>(at_);
    }
    [[nodiscard]] bool equal(const EdgeRun& other) const { return at_ == other.at_; }
    std::uint32_t at_ = 0;
  };

 private:
  const Tree* tree_;
};

// The free functions that Boost.Graph's concepts ask for, found by argument-dependent lookup.

inline std::uint32_t num_vertices(const GraphView& view) {
  return static_cast<std::uint32_t>(view.tree().size());
}
inline std::uint32_t num_edges(const GraphView& view) {
  return num_vertices(view) - 1;
}

inline std::pair<boost::counting_iterator<std::uint32_t>, boost::counting_iterator<std::uint32_t>> vertices(
    const GraphView& view) {
  return {boost::counting_iterator<std::uint32_t>(0),
          boost::counting_iterator<std::uint32_t>(num_vertices(view))};
}

inline std::pair<GraphView::EdgeRun, GraphView::EdgeRun> edges(const GraphView& view) {
  return {GraphView::EdgeRun(1), GraphView::EdgeRun(num_vertices(view))};
}

inline std::uint32_t target(GraphView::Edge edge, const GraphView&) {
  return edge.to;
}
inline std::uint32_t source(GraphView::Edge edge, const GraphView& view) {
  return view.tree().node({edge.to}).parent.value;
}

inline std::pair<GraphView::OutEdges, GraphView::OutEdges> out_edges(std::uint32_t vertex,
                                                                     const GraphView& view) {
  return {GraphView::OutEdges(view.tree(), view.tree().node({vertex}).first_child), GraphView::OutEdges()};
}

inline std::uint32_t out_degree(std::uint32_t vertex, const GraphView& view) {
  std::uint32_t degree = 0;
  for (auto [at, end] = out_edges(vertex, view); at != end; ++at) ++degree;
  return degree;
}

inline std::pair<GraphView::EdgeRun, GraphView::EdgeRun> in_edges(std::uint32_t vertex, const GraphView&) {
  return {GraphView::EdgeRun(vertex), GraphView::EdgeRun(vertex == 0 ? 0 : vertex + 1)};
}
inline std::uint32_t in_degree(std::uint32_t vertex, const GraphView&) {
  return vertex == 0 ? 0 : 1;
}
inline std::uint32_t degree(std::uint32_t vertex, const GraphView& view) {
  return in_degree(vertex, view) + out_degree(vertex, view);
}

inline boost::typed_identity_property_map<std::uint32_t> get(boost::vertex_index_t, const GraphView&) {
  return {};
}

}  // namespace viltree::search

template <>
struct boost::graph_traits<viltree::search::GraphView> {
  using vertex_descriptor = std::uint32_t;
  using edge_descriptor = viltree::search::GraphView::Edge;
  using directed_category = boost::bidirectional_tag;
  using edge_parallel_category = boost::disallow_parallel_edge_tag;
  struct traversal_category : boost::vertex_list_graph_tag,
                              boost::edge_list_graph_tag,
                              boost::bidirectional_graph_tag {};
  using vertices_size_type = std::uint32_t;
  using edges_size_type = std::uint32_t;
  using degree_size_type = std::uint32_t;
  using vertex_iterator = boost::counting_iterator<std::uint32_t>;
  using edge_iterator = viltree::search::GraphView::EdgeRun;
  using out_edge_iterator = viltree::search::GraphView::OutEdges;
  using in_edge_iterator = viltree::search::GraphView::EdgeRun;
  static vertex_descriptor null_vertex() { return 0xFFFFFFFFU; }
};

template <>
struct boost::property_map<viltree::search::GraphView, boost::vertex_index_t> {
  using type = boost::typed_identity_property_map<std::uint32_t>;
  using const_type = type;
};
