#pragma once

#include <cstdint>
#include <string>

namespace viltree::proof {

struct ExploreOptions {
  std::uint64_t states = 1'000;  ///< at most so many disks after a crash, over all settings
  std::uint64_t seed = 1;        ///< of what is drawn
  std::string only;              ///< one setting; empty: all
  bool stop_at_first = false;    ///< violation
  std::string replay;            ///< one path, as a failure prints it, in setting `only`
};

struct Exploration {
  std::uint64_t points = 0;  ///< calls of the reference crawls that change something
  std::uint64_t states = 0;  ///< distinct disks that were recovered from
  std::uint64_t by_depth[3] = {};
  std::uint64_t killed = 0;
  std::uint64_t power_lost = 0;
  std::uint64_t violations = 0;
  double longest_window_s =
      0;  ///< oldest answer that a power loss could have cost, in the clock of the crawl
};

/// Runs a reference crawl for each setting and comes back from every crash of it: before and in the middle of
/// each call that changes the disk, killed or with the power lost, each time until the crawl is finished; and
/// again from crashes during that recovery, to depth three. Prints violations with what replays them.
[[nodiscard]] Exploration explore(const ExploreOptions& options);

}  // namespace viltree::proof
