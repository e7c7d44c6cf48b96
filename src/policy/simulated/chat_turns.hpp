#pragma once

#include "completion_request.hpp"
#include "members.hpp"

#include <string>

namespace viltree::simulated {

/// The messages of a chat, before it is settled how the reply begins.
struct ChatTurns {
  CompletionRequest& request;
  std::string last_role;
  bool last_is_text = false;       ///< the last message's content is a string, not a list of parts
  std::string assistant;           ///< the text of a last message of role assistant
  std::size_t last_user_turn = 0;  ///< where it begins in the question
  bool continued = false;

  [[nodiscard]] bool ends_with_assistant() const { return last_role == "assistant"; }
  /// The reply goes on from the last character of the assistant's message.
  void go_on() { continued = true; }
};

/// Reads `messages` into the request, and lets the dialect settle how the reply begins.
void read_turns(const ReadingOptions& options, CompletionRequest& request, Members& members);

}  // namespace viltree::simulated
