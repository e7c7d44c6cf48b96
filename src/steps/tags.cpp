#include "cuts.hpp"

namespace viltree::steps {

Cuts tag_cuts(std::string_view text) {
  constexpr std::string_view kOpen = "<step>";
  constexpr std::string_view kClose = "</step>";
  Cuts cuts;
  bool begun = false;  // a closing tag counts too: the prompt may have opened the first step
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const bool opens = text.substr(at, kOpen.size()) == kOpen;
    if (opens && begun) cuts.push_back(at);
    begun = begun || opens || text.substr(at, kClose.size()) == kClose;
  }
  return cuts;
}

}  // namespace viltree::steps
