#include "cuts.hpp"
#include "lines.hpp"

namespace viltree::steps {

std::size_t next_line(const Source& source, std::size_t from) {
  Lines lines(source.text, from);
  bool begun = false;
  while (lines.next()) {
    if (lines.blank()) continue;
    if (begun) return lines.start();
    begun = true;
  }
  return kNoCut;
}

}  // namespace viltree::steps
