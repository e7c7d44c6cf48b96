#pragma once

#include "reply.hpp"

namespace viltree::http {

/// Takes the thoughts that stand before the solution out of the choices' texts, with the blanks behind them:
/// all up to the last mark that ends thoughts; where there is none, the whole text if it begins with the
/// first mark, or `opened`: the server's template has written that, so that every text begins within
/// thoughts. What is left of thoughts that did not end is an empty text. After note_decisions().
void drop_thoughts(ParsedReply& reply, bool opened);

/// Whether a text ends thoughts that it did not begin: the server's template has.
[[nodiscard]] bool shows_opened_thoughts(const ParsedReply& reply);

}  // namespace viltree::http
