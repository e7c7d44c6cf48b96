#pragma once

#include <viltree/core/strong_id.hpp>

#include <cstdint>

namespace viltree::domain {

/// Place of a problem in its data set: the ordinal of its line, from 0 after `dataset.offset`. A line that
/// was put aside keeps its number, so that a unit is always the same run of lines.
using ProblemIndex = core::StrongId<struct ProblemTag, std::uint64_t>;

/// A node of one tree; 0 is the root. Ids are given in the order of creation, so a parent's is always
/// smaller.
using NodeId = core::StrongId<struct NodeTag, std::uint32_t>;

/// A rollout of one tree, in the order in which they were applied.
using RolloutId = core::StrongId<struct RolloutTag, std::uint32_t>;

/// Number of an action of one tree, from 1; answers are applied in its order.
using Ticket = core::StrongId<struct TicketTag, std::uint32_t>;

inline constexpr NodeId kRoot{0};
inline constexpr NodeId kNoNode{0xFFFFFFFFU};
inline constexpr RolloutId kNoRollout{0xFFFFFFFFU};

}  // namespace viltree::domain
