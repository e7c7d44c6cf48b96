#include "lines.hpp"

#include <algorithm>

namespace viltree::steps {

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

bool Lines::next() {
  if (following_ >= text_.size()) return false;
  start_ = following_;
  end_ = std::min(text_.find('\n', start_), text_.size());
  following_ = end_ + 1;
  return true;
}

}  // namespace viltree::steps
