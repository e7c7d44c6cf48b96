#pragma once

#include "inquiry.hpp"

#include <viltree/core/result.hpp>

#include <string_view>

namespace viltree::http {

/// How thinking is switched off, for messages.
inline constexpr std::string_view kNoThinking =
    "for many models policy.extra: {chat_template_kwargs: {enable_thinking: false}}";

/// Whether the model thinks before it answers an easy question, and whether what the run makes of its
/// thoughts can be had: where they are part of the text, prefixes with thoughts are tried. What was found,
/// and whether the chat template opens thoughts, is in the setup; nothing where the model does not think.
[[nodiscard]] core::Status look_at_thinking(Inquiry& inquiry);

}  // namespace viltree::http
