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

const SplitterInfo& line() {
  static constexpr SplitterInfo kInfo{.name = "line", .next = next_line};
  return kInfo;
}

}  // namespace viltree::steps
