#include "cuts.hpp"
#include "lines.hpp"

namespace viltree::steps {

namespace {

std::size_t next_paragraph(const Source& source, std::size_t from) {
  Lines lines(source.text, from);
  bool begun = false;
  bool after_blank = false;
  while (lines.next()) {
    const bool blank = lines.blank();
    if (!blank && after_blank && begun) return lines.start();
    begun = begun || !blank;
    after_blank = blank;
  }
  return kNoCut;
}

}  // namespace

const SplitterInfo& blank_line() {
  static constexpr SplitterInfo kInfo{.name = "blank-line", .next = next_paragraph};
  return kInfo;
}

}  // namespace viltree::steps
