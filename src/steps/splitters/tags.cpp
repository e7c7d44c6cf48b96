#include "cuts.hpp"

namespace viltree::steps {

namespace {

std::size_t next_tag(const Source& source, std::size_t from) {
  constexpr std::string_view kOpen = "<step>";
  constexpr std::string_view kClose = "</step>";
  const std::string_view text = source.text;
  bool begun = false;  // a closing tag counts too: the prompt may have opened the first step
  for (std::size_t at = text.find('<', from); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const bool opens = text.substr(at, kOpen.size()) == kOpen;
    if (opens && begun) return at;
    begun = begun || opens || text.substr(at, kClose.size()) == kClose;
  }
  return kNoCut;
}

}  // namespace

const SplitterInfo& tags() {
  static constexpr SplitterInfo kInfo{.name = "tags", .next = next_tag};
  return kInfo;
}

}  // namespace viltree::steps
