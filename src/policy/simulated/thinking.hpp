#pragma once

#include "completion.hpp"
#include "reply.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace viltree::simulated {

/// Where a reply begins that goes on from a prefix which may have thoughts in it.
struct ThinkingState {
  std::string_view solution;  ///< what the prefix has of it
  bool thinks = false;        ///< thoughts come before what follows
  bool begins = false;        ///< they begin there; else they go on
};

/// `continued`: the reply goes on from the prefix itself, and not in a turn of its own, before which a model
/// always thinks.
[[nodiscard]] ThinkingState thinking_state(const ReplyForm& form, std::string_view prefix, bool continued);

/// The rest of what the model thinks there, with the marks that the form has, and the blank line behind it.
/// Follows from the seed. Empty where it does not think.
[[nodiscard]] std::string thoughts_at(const ReplyForm& form, const ThinkingState& state, std::uint64_t seed);

/// A draw for a model that thinks these thoughts before: within its limit of tokens, of which they take their
/// part, and with their text before its own.
[[nodiscard]] Draw draw_behind(const std::string& thoughts, const Sampler& sampler, DrawOptions options);

}  // namespace viltree::simulated
