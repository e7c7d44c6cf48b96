#pragma once

#include <cstdint>
#include <string>

namespace viltree::proof {

/// What became of some histories.
struct Histories {
  std::uint64_t histories = 0;
  std::uint64_t failed = 0;
  std::uint64_t sessions = 0;
  std::uint64_t kills = 0;
  std::uint64_t power_losses = 0;
  std::uint64_t disk_faults = 0;  ///< that were met
  std::uint64_t policy_faults = 0;
  std::uint64_t stops = 0;
  std::uint64_t samples = 0;      ///< asked for, in all sessions
  std::uint64_t asked_again = 0;  ///< of these, because no session had kept the answer
};

/// Runs the histories of these seeds, each a whole crawl over many sessions: what is drawn from the seed is
/// the strategy and the sizes, the order of answers and threads, what the policy fails at, and how each
/// session ends. After every session the run is checked; at the end it has delivered what a calm crawl
/// delivers. Prints each failure with its seed; may end at the first.
[[nodiscard]] Histories run_histories(std::uint64_t first_seed, std::uint64_t count, bool tell,
                                      bool stop_at_first);

}  // namespace viltree::proof
