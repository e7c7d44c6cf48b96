#pragma once

#include <viltree/domain/problem.hpp>
#include <viltree/domain/ruling.hpp>
#include <viltree/search/tree.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace viltree::search {

/// A finished tree with all its evidence, as archives keep it. A plain value.
struct StoredTree {
  domain::Problem problem;  ///< images without bytes; their paths are those in the run's directory
  std::string strategy;
  std::uint64_t seed = 0;  ///< of the tree
  bool stopped_by_budget = false;
  Tree tree;                            ///< its verdicts are the judge's where it was asked
  std::vector<domain::Ruling> rulings;  ///< by answer
};

}  // namespace viltree::search
