#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace viltree::domain {

/// Tokens as the server counted them. Unknown is not zero.
struct Usage {
  std::optional<std::uint64_t> prompt_tokens;
  std::optional<std::uint64_t> cached_tokens;  ///< of the prompt's, those that the server's cache had
  std::optional<std::uint64_t> completion_tokens;
  /// Of the completion's, those that are not in its text.
  std::optional<std::uint64_t> reasoning_tokens = std::nullopt;

  /// Adds what is known of both: a sum over many answers, which is at least so much.
  void add(const Usage& other);
  /// Adds where both are known, else unknown: for the parts of one answer, whose sum is known only where
  /// every part is.
  void add_part(const Usage& other);
  friend bool operator==(const Usage&, const Usage&) = default;
};

/// What requests for one answer cost, and who was paid. Where the server did not count the generated tokens
/// of a request, but those of each of its completions, the usage has their sum.
struct Bill {
  Usage usage;                  ///< of all these requests together
  std::uint32_t requests = 1;   ///< that were answered
  std::uint32_t discarded = 0;  ///< completions that were paid for and not kept
  std::string model = {};

  /// Nothing was answered yet.
  [[nodiscard]] static Bill nothing() { return {{}, 0}; }

  /// Adds another request's: known is only what is known of both.
  void add(const Bill& part);
  /// Completions whose generated tokens nobody counted, of those discarded and so many that were kept.
  [[nodiscard]] std::uint64_t uncounted(std::uint64_t kept) const {
    return usage.completion_tokens ? 0 : kept + discarded;
  }
  friend bool operator==(const Bill&, const Bill&) = default;
};

}  // namespace viltree::domain
