#include "thinking.hpp"

#include "cut_out.hpp"

#include <viltree/core/thoughts.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace viltree::http {

namespace {

/// What is before `end` are thoughts, and the blanks behind them part these from the text.
void take_off(Choice& choice, std::size_t end) {
  const std::string& text = choice.completion.text;
  end = std::min(text.find_first_not_of(" \t\r\n", end), text.size());
  choice.thoughts += text.substr(0, end);
  cut_out(choice.completion, 0, end);
}

/// Of a text that begins with them; its end where they do not end.
std::size_t behind_first_thoughts(const std::string& text) {
  std::size_t first = text.size();
  std::size_t behind = text.size();
  for (const std::string_view mark : core::kThoughtEnds) {
    const std::size_t at = text.find(mark);
    if (at >= first) continue;
    first = at;
    behind = at + mark.size();
  }
  return behind;
}

}  // namespace

void drop_thoughts(ParsedReply& reply, bool opened) {
  for (Choice& choice : reply.choices) {
    const std::string& text = choice.completion.text;
    const bool apart = !choice.thoughts.empty();
    std::size_t end = core::behind_thoughts(text);
    if (end == 0 && (core::opens_thoughts(text) || (opened && !apart))) end = text.size();
    if (end > 0 || apart) take_off(choice, end);
  }
}

std::vector<LostChoice> drop_thoughts_within(ParsedReply& reply) {
  std::vector<LostChoice> lost;
  std::erase_if(reply.choices, [&lost](Choice& choice) {
    const std::string& text = choice.completion.text;
    if (core::opens_thoughts(text)) take_off(choice, behind_first_thoughts(text));
    if (core::behind_thoughts(text) == 0) return false;
    lost.push_back({choice.index, "a completion that thinks anew within what it goes on from"});
    return true;
  });
  return lost;
}

Openings openings_of(const ParsedReply& reply) {
  Openings openings;
  for (const Choice& choice : reply.choices) {
    const std::string& text = choice.completion.text;
    const bool begins = core::opens_thoughts(text);
    const bool ends = core::behind_thoughts(text) > 0;
    const bool whole = choice.completion.finish == domain::FinishReason::kStop && !text.empty();
    if (ends && !begins) {
      ++openings.by_template;
    } else if (begins || (whole && choice.thoughts.empty())) {
      ++openings.others;
    }
  }
  return openings;
}

}  // namespace viltree::http
