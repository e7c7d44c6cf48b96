#include "cuts.hpp"
#include "lines.hpp"

namespace viltree::steps {

Cuts blank_line_cuts(std::string_view text) {
  Cuts cuts;
  Lines lines(text);
  bool begun = false;
  bool after_blank = false;
  while (lines.next()) {
    const bool blank = lines.blank();
    if (!blank && after_blank && begun) cuts.push_back(lines.start());
    begun = begun || !blank;
    after_blank = blank;
  }
  return cuts;
}

}  // namespace viltree::steps
