#pragma once

#include "completion_request.hpp"
#include "members.hpp"

#include <string_view>

namespace viltree::simulated {

/// Reads a prompt that a chat template has written, in ChatML:
///
///     <|im_start|>user
///     the question<|im_end|>
///     <|im_start|>assistant
///     the prefix
///
/// The reply goes on from the last character. Any other text is the question as a whole, without a prefix.
/// `markdown_images`: images stand in the text as ![](data:…) and are taken out of the question.
void read_raw_prompt(std::string_view prompt, bool markdown_images, CompletionRequest& request,
                     Members& members);

}  // namespace viltree::simulated
