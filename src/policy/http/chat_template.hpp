#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

/// How system's and user's messages become the text of a raw prompt.
struct ChatTemplate {
  std::string with_system;  ///< with `{system}` and `{user}`
  std::string without;      ///< with `{user}`
};

/// By name, or, where the text has `{user}` in it, the text itself. None where it is neither.
[[nodiscard]] std::optional<ChatTemplate> find_chat_template(std::string_view name_or_text);

/// A raw prompt in pieces: what comes before the user's text and after it.
struct RenderedTemplate {
  std::string before;
  std::string after;
};
[[nodiscard]] RenderedTemplate render(const ChatTemplate& chat, std::string_view system);

}  // namespace viltree::http
