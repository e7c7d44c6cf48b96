#include "cuts.hpp"
#include "lines.hpp"
#include "words.hpp"

#include <algorithm>

namespace viltree::steps {

namespace {

constexpr std::size_t kMostDigits = 4;

/// The heading and emphasis marks that Markdown puts before a title: "### ", "**".
std::string_view without_marks(std::string_view line) {
  if (line.starts_with('#')) {
    line.remove_prefix(std::min(line.find_first_not_of('#'), line.size()));
    line.remove_prefix(skip_blanks(line, 0));
  }
  line.remove_prefix(std::min(line.find_first_not_of("*_"), line.size()));
  return line;
}

/// Removes 1 to 4 digits from the front; false where there are none, or more.
bool take_number(std::string_view& line) {
  std::size_t digits = 0;
  while (digits < line.size() && is_digit(line[digits])) ++digits;
  if (digits == 0 || digits > kMostDigits) return false;
  line.remove_prefix(digits);
  return true;
}

/// "Step 3: …", in any case, or a line that says "Step 3" and no more.
bool is_step_title(std::string_view line) {
  constexpr std::string_view kWord = "step";
  if (line.size() < kWord.size()) return false;
  for (std::size_t i = 0; i < kWord.size(); ++i) {
    if ((line[i] | 0x20) != kWord[i]) return false;
  }
  line.remove_prefix(kWord.size());
  const std::size_t blanks = skip_blanks(line, 0);
  line.remove_prefix(blanks);
  if (blanks == 0 || !take_number(line)) return false;
  line.remove_prefix(std::min(line.find_first_not_of("*_"), line.size()));
  return line.starts_with(':') || skip_blanks(line, 0) == line.size();
}

/// "3. …": the full stop ends a number only before a blank, so that 3.14 is no title.
bool is_list_item(std::string_view line) {
  return take_number(line) && line.starts_with('.') && (line.size() == 1 || is_blank(line[1]));
}

std::size_t next_title(const Source& source, std::size_t from) {
  Lines lines(source.text, from);
  bool begun = false;
  while (lines.next()) {
    if (lines.blank()) continue;
    const std::string_view title = without_marks(lines.line());
    if (begun && (is_step_title(title) || is_list_item(title))) return lines.start();
    begun = true;
  }
  return kNoCut;
}

}  // namespace

const SplitterInfo& numbered() {
  static constexpr SplitterInfo kInfo{.name = "numbered", .next = next_title};
  return kInfo;
}

}  // namespace viltree::steps
