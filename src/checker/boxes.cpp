#include "boxes.hpp"

#include "scan.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace viltree::checker {

namespace {

struct Box {
  std::size_t begin;  ///< of its command
  std::size_t end;    ///< behind it
  std::string_view content;
};

bool is_box_command(std::string_view command) {
  return command == "\\boxed" || command == "\\fbox";
}

/// Where the command begins whose argument the brace opens, or none.
std::size_t command_before(std::string_view text, std::size_t brace) {
  constexpr std::size_t kLongest = 8;  // with two blanks
  const std::size_t from = brace - std::min(brace, kLongest);
  const std::string_view before = core::trim(text.substr(from, brace - from));
  const std::size_t backslash = before.rfind('\\');
  if (backslash == std::string_view::npos || !is_box_command(before.substr(backslash)))
    return std::string_view::npos;
  return static_cast<std::size_t>(before.data() - text.data()) + backslash;
}

/// "\boxed 5", "\boxed\pi", "\boxed B", but not "in \boxed form".
bool is_bare_answer(std::string_view content) {
  return (content.size() == 1 && is_upper(content[0])) || content.starts_with('\\') ||
         std::any_of(content.begin(), content.end(), is_digit);
}

/// What "\boxed 5" boxes, `at` behind the command: up to a blank outside braces, or the formula's end.
std::string_view bare_content(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongest = 64;
  while (byte_at(text, at) == ' ') ++at;
  std::size_t depth = 0;
  std::size_t end = at;
  for (; end < text.size() && end - at < kLongest; ++end) {
    const char c = text[end];
    if (c == '$' || c == '\n' || (depth == 0 && (is_space(c) || c == '}'))) break;
    if (c == '\\' && (byte_at(text, end + 1) == ')' || byte_at(text, end + 1) == ']')) break;
    if (c == '{') ++depth;
    if (c == '}') --depth;
  }
  std::string_view content = text.substr(at, end - at);
  while (!content.empty() && std::string_view(".,;:!?*").find(content.back()) != std::string_view::npos)
    content.remove_suffix(1);
  return end - at < kLongest && is_bare_answer(content) ? content : std::string_view();
}

/// All boxes whose content begins behind that of all before them. Of two of which one is in the other that is
/// the inner one.
class BoxReader {
 public:
  explicit BoxReader(std::string_view text) : text_(text) {}

  std::vector<Box> read() {
    for (std::size_t at = 0; at < text_.size(); ++at) {
      if (text_[at] == '\\') {
        at = pass_command(at);
      } else if (text_[at] == '{') {
        open_.push_back(at);
      } else if (text_[at] == '}' && !open_.empty()) {
        const std::size_t brace = open_.back();
        open_.pop_back();
        if (const std::size_t begin = command_before(text_, brace); begin != std::string_view::npos)
          add({begin, at + 1, core::trim(text_.substr(brace + 1, at - brace - 1))});
      }
    }
    return std::move(boxes_);
  }

 private:
  /// Its last byte.
  std::size_t pass_command(std::size_t at) {
    if (!is_letter(byte_at(text_, at + 1))) return at + 1;
    const std::string_view command = command_at(text_, at);
    const std::size_t end = at + command.size();
    if (is_box_command(command)) add_bare(at, end);
    return end - 1;
  }

  void add_bare(std::size_t begin, std::size_t end) {
    std::size_t next = end;
    while (next < text_.size() && is_space(text_[next])) ++next;
    if (byte_at(text_, next) == '{') return;
    const std::string_view content = bare_content(text_, end);
    if (content.empty()) return;
    add({begin, static_cast<std::size_t>(content.data() - text_.data()) + content.size(), content});
  }

  void add(Box box) {
    if (box.content.empty()) return;
    if (!boxes_.empty() && box.content.data() <= boxes_.back().content.data()) return;
    boxes_.push_back(box);
  }

  std::string_view text_;
  std::vector<std::size_t> open_;
  std::vector<Box> boxes_;
};

/// True where what stands between two boxes makes them parts of one answer.
bool joins(std::string_view between) {
  static constexpr std::array<std::string_view, 2> kWords = {"and", "or"};
  static constexpr std::array<std::string_view, 4> kSpaces = {"\\quad", "\\qquad", "\\text", "\\textbf"};
  static constexpr std::string_view kDress = " \t\r\n$~*{}";
  constexpr std::size_t kLongest = 64;
  if (between.size() > kLongest || between.find("\n\n") != std::string_view::npos) return false;
  bool joined = false;
  for (std::size_t at = 0; at < between.size();) {
    if (between[at] == '\\') {
      const std::string_view command = command_at(between, at);
      if (is_letter(command.back()) && !one_of(command, kSpaces)) return false;
      at += command.size();
    } else if (const std::string_view word = letters_at(between, at); !word.empty()) {
      at += word.size();
      if (one_of(lowered(word), kWords)) {
        joined = true;
        continue;
      }
      while (byte_at(between, at) == ' ') ++at;
      if (word.size() > 1 || byte_at(between, at) != '=') return false;
      ++at;
    } else {
      joined = joined || between[at] == ',' || between[at] == ';' || between[at] == '&';
      if (std::string_view(",;&").find(between[at]) == std::string_view::npos &&
          kDress.find(between[at]) == std::string_view::npos)
        return false;
      ++at;
    }
  }
  return joined;
}

}  // namespace

std::vector<std::string_view> last_boxes(std::string_view solution) {
  if (solution.find("box") == std::string_view::npos) return {};
  const std::vector<Box> boxes = BoxReader(solution).read();
  std::vector<std::string_view> contents;
  for (std::size_t i = boxes.size(); i-- > 0;) {
    contents.push_back(boxes[i].content);
    if (i == 0 || boxes[i - 1].end > boxes[i].begin) break;
    if (!joins(solution.substr(boxes[i - 1].end, boxes[i].begin - boxes[i - 1].end))) break;
  }
  std::reverse(contents.begin(), contents.end());
  return contents;
}

}  // namespace viltree::checker
