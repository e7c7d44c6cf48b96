#pragma once

#include "reply.hpp"

#include <cstdint>
#include <vector>

namespace viltree::http {

/// Takes the thoughts that stand before the solution out of the choices' texts, with the blanks behind them:
/// all up to the last mark that ends thoughts; where there is none, the whole text if it begins with the
/// first mark, or `opened`: the server's template has written that, so that every text begins within
/// thoughts. What is left of thoughts that did not end is an empty text. After note_decisions().
void drop_thoughts(ParsedReply& reply, bool opened);

/// The same for texts that go on from a prefix: their first blanks stay where no thoughts are before them.
/// Who ends thoughts later on thinks anew and then begins anew, mostly: such choices are taken out of the
/// reply, and are lost.
[[nodiscard]] std::vector<LostChoice> drop_thoughts_within(ParsedReply& reply);

/// Texts that show who begins their thoughts. Those that were cut off before the thoughts' end show nothing.
struct Openings {
  std::uint32_t by_template = 0;  ///< they end thoughts that they did not begin
  std::uint32_t others = 0;       ///< they begin them, or ended without any
};
/// Before the thoughts are dropped.
[[nodiscard]] Openings openings_of(const ParsedReply& reply);

}  // namespace viltree::http
