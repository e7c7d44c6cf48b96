#include "admission.hpp"

#include <cstdint>

namespace viltree::crawl {

namespace {

constexpr std::uint64_t kWaitingTrees = 64;  // beside those that keep the policy busy

}  // namespace

bool Admission::admits(const Next& next) const {
  return room_for(next) && memory_for(next) && kernel_for(next) && budget_for(next);
}

/// Few trees early: one more only where the policy has room that nothing waits for. A tree that grows has
/// always something in flight or waiting. The last ones are opened together: a tree takes as long as its
/// steps one after the other do, and the last to be opened would keep the servers waiting for nothing else.
bool Admission::room_for(const Next& next) const {
  const PolicyClient& policy = parts_.clients.policy();
  const std::uint64_t room = policy.policy().max_sequences();
  const std::uint64_t most = options_.open_trees > 0 ? options_.open_trees : room + kWaitingTrees;
  const std::uint64_t open = parts_.trees.growing();
  return open < most && (policy.in_flight() + policy.queue().sequences() < room || next.left <= open);
}

/// Trees of the first unit that is not whole are opened in any case: all others wait for them.
bool Admission::memory_for(const Next& next) const {
  const bool awaited = parts_.units.unit_of(next.problem) == parts_.units.first_open();
  return awaited || parts_.units.held_bytes() + parts_.trees.bytes() < options_.memory_bytes;
}

bool Admission::kernel_for(const Next& next) const {
  return !parts_.heeds_kernel || parts_.units.knows_kernel_of(parts_.units.unit_of(next.problem));
}

bool Admission::budget_for(const Next& next) const {
  return next.begun || parts_.spending.fits_another(parts_.trees);
}

}  // namespace viltree::crawl
