#include "lines.hpp"

#include <algorithm>

namespace viltree::steps {

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::size_t content_after(std::string_view text, std::size_t at) {
  const std::size_t content = skip_space(text, at);
  if (content == text.size()) return std::string_view::npos;
  const std::size_t newline = text.substr(at, content - at).find_last_of('\n');
  return newline == std::string_view::npos ? content : at + newline + 1;
}

bool Lines::next() {
  if (following_ >= text_.size()) return false;
  start_ = following_;
  end_ = std::min(text_.find('\n', start_), text_.size());
  following_ = end_ + 1;
  return true;
}

}  // namespace viltree::steps
