#pragma once

#include "open_tree.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>

namespace viltree::crawl {

/// The trees that are open, by problem, and what they weigh. For the crawl's thread, which may let others
/// work on different trees meanwhile.
class OpenTrees {
 public:
  OpenTree& add(std::unique_ptr<OpenTree> tree);
  [[nodiscard]] OpenTree& at(domain::ProblemIndex problem) { return *trees_.at(problem); }
  [[nodiscard]] const OpenTree& at(domain::ProblemIndex problem) const { return *trees_.at(problem); }
  [[nodiscard]] std::unique_ptr<OpenTree> remove(domain::ProblemIndex problem);
  /// Looks at its size anew.
  void weigh(OpenTree& tree);
  /// The budget cannot finish it: it stays open, as far as it has grown.
  void give_up(domain::ProblemIndex problem) { given_up_.insert(problem); }

  [[nodiscard]] std::size_t size() const { return trees_.size(); }
  [[nodiscard]] bool any_given_up() const { return !given_up_.empty(); }
  /// Those that were not given up.
  [[nodiscard]] std::uint64_t growing() const { return trees_.size() - given_up_.size(); }
  template <class Visit>
  void for_each_growing(Visit visit) const {
    for (const auto& [problem, tree] : trees_) {
      if (!given_up_.contains(problem)) visit(*tree);
    }
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::map<domain::ProblemIndex, std::unique_ptr<OpenTree>> trees_;
  std::set<domain::ProblemIndex> given_up_;
  std::uint64_t bytes_ = 0;
};

}  // namespace viltree::crawl
