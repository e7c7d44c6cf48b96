#include "step_text.hpp"

#include <viltree/core/similar_text.hpp>

#include <algorithm>

namespace viltree::stats {

namespace {

/// A simhash and how many have it.
struct Group {
  std::uint64_t simhash = 0;
  std::uint64_t members = 0;
  bool has_neighbour = false;
};

std::vector<Group> groups_of(std::span<const std::uint64_t> simhashes) {
  std::vector<std::uint64_t> sorted(simhashes.begin(), simhashes.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<Group> groups;
  for (const std::uint64_t simhash : sorted) {
    if (groups.empty() || groups.back().simhash != simhash) groups.push_back({simhash});
    ++groups.back().members;
  }
  return groups;
}

}  // namespace

std::vector<bool> have_neighbours(std::span<const std::uint64_t> simhashes) {
  std::vector<Group> groups = groups_of(simhashes);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].members > 1) groups[i].has_neighbour = true;
    for (std::size_t j = i + 1; j < groups.size(); ++j) {
      if (!core::are_near(groups[i].simhash, groups[j].simhash)) continue;
      groups[i].has_neighbour = true;
      groups[j].has_neighbour = true;
    }
  }
  std::vector<bool> found;
  for (const std::uint64_t simhash : simhashes) {
    const auto group = std::lower_bound(groups.begin(), groups.end(), simhash,
                                        [](const Group& a, std::uint64_t b) { return a.simhash < b; });
    found.push_back(group->has_neighbour);
  }
  return found;
}

}  // namespace viltree::stats
