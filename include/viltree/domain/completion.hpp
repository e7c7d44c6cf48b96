#pragma once

#include <viltree/domain/bill.hpp>
#include <viltree/domain/ids.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::domain {

/// Why the policy stopped writing.
enum class FinishReason : std::uint8_t {
  kStop,    ///< by itself, or at a stop string
  kLength,  ///< at the limit of tokens
  kFilter,  ///< withheld: by a content filter, or made into the call of a tool
  kLost,    ///< its server never said what became of it; the text is empty
};

[[nodiscard]] std::string_view name(FinishReason reason);
[[nodiscard]] std::optional<FinishReason> finish_reason_from(std::string_view name);

/// A token whose probability was low when it was drawn: here the policy could have gone on otherwise.
struct Decision {
  std::uint32_t offset = 0;     ///< of its first byte in the completion's text
  std::uint16_t centinats = 0;  ///< −ln of its probability, in hundredths; the greatest value: that or more

  friend bool operator==(const Decision&, const Decision&) = default;
};

inline constexpr int kCentinats = 100;
/// Tokens of a greater probability than e^-0.5 are no decisions: they are most of a text, and a journal
/// should not grow by a multiple for them.
inline constexpr std::uint16_t kLeastDecision = 50;

/// Adds a token, if it is a decision; `offset` is not before the last one's. Of two at the same place the
/// less probable counts. Whole hundredths, so that what was read back from a journal is what was written.
void add_decision(std::vector<Decision>& decisions, std::size_t offset, double logprob);

/// Generated tokens of one completion, at most, unless told otherwise.
inline constexpr std::uint32_t kUsualMaxTokens = 1024;

/// One continuation of a prefix, exactly as the policy wrote it.
struct Completion {
  std::string text;
  FinishReason finish = FinishReason::kStop;
  std::optional<std::uint32_t> tokens;  ///< generated tokens; unknown where the server reports only a sum
  std::optional<float> logprob;         ///< sum over the generated tokens, natural logarithm
  /// By offset; unknown where the policy does not say the log-probabilities of its tokens.
  std::optional<std::vector<Decision>> decisions = std::nullopt;
};

/// A completion with what the answer checker said of it.
struct Rollout {
  Completion completion;
  Verdict verdict = Verdict::kUnparsed;
  std::optional<std::string> answer;  ///< the final answer that was found
  /// The verdict is what the rules say; a judge has the last word on this answer.
  bool to_judge = false;
};

/// What a tree's search learns from outside: the answer to one Sample action. This is what the journal keeps.
struct TreeEvent {
  Ticket ticket;
  std::vector<Rollout> rollouts;
  Bill bill;  ///< of at least one request
  std::optional<std::string>
      refusal;  ///< set where the server refuses this prefix for good; then no rollouts
};

}  // namespace viltree::domain
