#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace viltree::policy {

/// How a model that cannot go on from a given beginning is asked to write on: words for the end of the user's
/// message. What it then writes has another distribution than a continuation has. They stay what they are:
/// runs that go on would mix two distributions, and no row would say so.
inline constexpr std::string_view kRepromptHead =
    "\n\nThe solution below is unfinished. Go on from its very last character, and write only what comes "
    "next: do not repeat it, do not comment on it.\n<unfinished>";
inline constexpr std::string_view kRepromptTail = "</unfinished>";

[[nodiscard]] inline std::string reprompt(std::string_view prefix) {
  return std::string(kRepromptHead) + std::string(prefix) + std::string(kRepromptTail);
}

/// A user's message, taken apart again.
struct Reprompted {
  std::string_view question;
  std::string_view prefix;
};

/// None where the message does not end with the words of reprompt().
[[nodiscard]] inline std::optional<Reprompted> read_reprompt(std::string_view message) {
  const std::size_t head = message.find(kRepromptHead);
  if (head == std::string_view::npos || !message.ends_with(kRepromptTail)) return std::nullopt;
  const std::string_view question = message.substr(0, head);
  message.remove_prefix(head + kRepromptHead.size());
  if (message.size() < kRepromptTail.size()) return std::nullopt;
  message.remove_suffix(kRepromptTail.size());
  return Reprompted{question, message};
}

}  // namespace viltree::policy
