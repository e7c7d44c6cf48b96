#include "thinking.hpp"

#include "cut_out.hpp"

#include <viltree/core/thoughts.hpp>

#include <algorithm>
#include <string>

namespace viltree::http {

void drop_thoughts(ParsedReply& reply, bool opened) {
  for (Choice& choice : reply.choices) {
    const std::string& text = choice.completion.text;
    const bool apart = !choice.thoughts.empty();
    std::size_t end = core::behind_thoughts(text);
    if (end == 0 && (core::opens_thoughts(text) || (opened && !apart))) end = text.size();
    if (end == 0 && !apart) continue;
    end = std::min(text.find_first_not_of(" \t\r\n", end), text.size());
    choice.thoughts += text.substr(0, end);
    cut_out(choice.completion, 0, end);
  }
}

bool shows_opened_thoughts(const ParsedReply& reply) {
  return std::any_of(reply.choices.begin(), reply.choices.end(), [](const Choice& choice) {
    const std::string& text = choice.completion.text;
    return core::behind_thoughts(text) > 0 && !core::opens_thoughts(text);
  });
}

}  // namespace viltree::http
