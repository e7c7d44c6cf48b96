#pragma once

#include <viltree/search/tree.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace viltree::search {

/// One answer's prompt, as the server counted it.
struct AskedPrompt {
  domain::NodeId node;                         ///< whose prefix was continued
  std::optional<std::uint64_t> prompt_tokens;  ///< of all its requests
  std::optional<std::uint64_t> cached_tokens;  ///< of these, what the server's cache had
  std::uint32_t requests = 1;                  ///< whose prompts were added up
};

/// The least prompt tokens that a server with a prefix cache must compute for these prompts: the edges of the
/// tree that they form, each once. A prompt counts what it has beyond its nearest ancestor that was asked. A
/// fork that was not asked itself counts once for all its branches; its tokens are estimated by its place, in
/// bytes, between its neighbours. None where a server did not count an asked node's tokens.
///
/// A server that also keeps what it generated can stay below: the steps that a rollout wrote need no prefill.
[[nodiscard]] std::optional<std::uint64_t> prefill_bound(const Tree& tree,
                                                         std::span<const AskedPrompt> asked);

/// The prompt tokens that were not in the server's cache; none where it does not say.
[[nodiscard]] std::optional<std::uint64_t> prefill_computed(std::span<const AskedPrompt> asked);

}  // namespace viltree::search
