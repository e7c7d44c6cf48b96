#include "cuts.hpp"
#include "words.hpp"

#include <algorithm>

namespace viltree::steps {

namespace {

/// The word boundary nearest to options.tokens, of those that the source allows.
std::size_t next_length(const Source& source, std::size_t from) {
  const std::size_t wanted = source.options.tokens;
  std::size_t tokens = 0;
  for (std::size_t at = from; tokens < wanted;) {
    const std::size_t next = next_word(source, at);
    const std::size_t more =
        tokens + estimated_tokens(source.text.substr(at, std::min(next, source.text.size()) - at));
    if (at > from && more > wanted && wanted - tokens <= more - wanted) return at;
    if (next == kNoCut) return kNoCut;
    tokens = more;
    at = next;
    if (tokens >= wanted) return at;
  }
  return kNoCut;
}

}  // namespace

const SplitterInfo& length() {
  static constexpr SplitterInfo kInfo{.name = "tokens", .next = next_length};
  return kInfo;
}

}  // namespace viltree::steps
