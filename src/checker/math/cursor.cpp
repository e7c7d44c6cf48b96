#include "cursor.hpp"

#include <array>

namespace viltree::checker::math {

namespace {

/// Spacing, size and look: nothing that changes a value. Their arguments, if any, stay as groups.
constexpr std::array<std::string_view, 45> kDress = {
    "\\,",         "\\;",       "\\:",        "\\!",      "\\ ",      "\\quad",       "\\qquad",
    "\\(",         "\\)",       "\\[",        "\\]",      "\\$",      "\\left",       "\\right",
    "\\big",       "\\Big",     "\\bigg",     "\\Bigg",   "\\bigl",   "\\bigr",       "\\Bigl",
    "\\Bigr",      "\\biggl",   "\\biggr",    "\\Biggl",  "\\Biggr",  "\\middle",     "\\displaystyle",
    "\\textstyle", "\\limits",  "\\nolimits", "\\mathbf", "\\mathit", "\\boldsymbol", "\\bm",
    "\\mathsf",    "\\mathcal", "\\rm",       "\\bf",     "\\it",     "\\boxed",      "\\fbox",
    "\\vec",       "\\hat",     "\\hspace"};

/// \left. and \right. stand for no bracket.
bool is_silent_bracket(std::string_view command, char next) {
  return (command == "\\left" || command == "\\right") && next == '.';
}

}  // namespace

std::string_view Cursor::command() const {
  return peek() == '\\' ? command_at(text_, at_) : std::string_view();
}

void Cursor::skip() {
  after_blank_ = false;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (is_space(c) || c == '~' || c == '$') {
      after_blank_ = true;
      ++at_;
      continue;
    }
    if (c != '\\') return;
    const std::string_view found = command_at(text_, at_);
    if (!one_of(found, kDress)) return;
    at_ += found.size();
    if (is_silent_bracket(found, peek())) ++at_;
    after_blank_ = true;
  }
}

}  // namespace viltree::checker::math
