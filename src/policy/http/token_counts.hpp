#pragma once

#include "reply.hpp"

#include <cstddef>
#include <cstdint>

namespace viltree::http {

/// Whether what a server counted, and what it wrote, can be what was asked for. All functions are pure.

/// Tokens that nobody makes a budget for: some servers count the mark of the end beside the text.
inline constexpr std::uint64_t kFewTokensMore = 8;

/// The least tokens that a text of so many letters (code points) can be, as far as texts of models go.
[[nodiscard]] std::uint64_t least_tokens(std::uint64_t letters);
/// The most: no token is less than a byte, and one may have ended the text.
[[nodiscard]] std::uint64_t most_tokens(std::size_t bytes);

/// What was wrong with the counts of a reply.
struct CountCheck {
  /// Tokens of the longest choice that cost more than were asked for, as far as can be told, with its share
  /// of what nobody asked for; 0: none did.
  std::uint32_t longest = 0;
  /// The server's count was less than the texts can be, and is replaced.
  bool undercounted = false;
};

/// Compares a reply to a request for choices of at most `max_tokens` with what was asked for, before texts
/// are cut at stop strings. A choice that is longer was not ended by the limit that ends it elsewhere: its
/// finish becomes kLength. A usage that counts less than the texts can be is replaced by the most that they
/// can be, where that is more, and so is one that is missing where a choice is too long; a completion's own
/// count is then unknown.
[[nodiscard]] CountCheck check_counts(ParsedReply& reply, std::uint32_t max_tokens);

}  // namespace viltree::http
