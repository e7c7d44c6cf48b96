#include "cuts.hpp"
#include "lines.hpp"

namespace viltree::steps {

Cuts line_cuts(std::string_view text) {
  Cuts cuts;
  Lines lines(text);
  bool begun = false;
  while (lines.next()) {
    if (lines.blank()) continue;
    if (begun) cuts.push_back(lines.start());
    begun = true;
  }
  return cuts;
}

}  // namespace viltree::steps
