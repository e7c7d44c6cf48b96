#pragma once

#include "call.hpp"
#include "lane.hpp"

#include <cstddef>

namespace viltree::http {

/// The lane can be asked that at all.
[[nodiscard]] bool suits(const Lane& lane, const Call& call);

/// Some lane of the model is usable.
[[nodiscard]] bool is_reachable(const Lanes& lanes, std::size_t model);

/// Where a tree is at home from this call on: of the lanes that suit, the first in rendezvous order that does
/// not have a quarter more work than their mean; null where none suits.
[[nodiscard]] Lane* choose_home(const Lanes& lanes, const Call& call);

/// Of the other lanes of the idle one's model that have no time for what waits for them, the one for which
/// most waits; null where there is none.
[[nodiscard]] Lane* overfull(const Lanes& lanes, const Lane& idle, Lane::Time now);

/// A lane that refuses us, where none is left that could take this call, now or later; else null.
[[nodiscard]] const Lane* only_refused_by(const Lanes& lanes, const Call& call);

}  // namespace viltree::http
