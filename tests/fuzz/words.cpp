#include "date.hpp"
#include "fuzz.hpp"
#include "list_items.hpp"
#include "measure.hpp"
#include "number.hpp"
#include "text_form.hpp"
#include "unicode.hpp"

// Two texts as words, numbers, dates, lists and units: what is read is in its range, a text is the same as
// itself, and two numbers are the same both ways.

namespace {

using namespace viltree;

/// Quadratic, so that longer texts would only be slow.
void check_likeness(std::string_view line, std::string_view other) {
  constexpr std::size_t kLongest = 48;
  const double likeness = checker::similarity(line.substr(0, kLongest), other);
  fuzz::promise(likeness >= 0 && likeness <= 1, "a similarity from 0 to 1");
  if (line.size() > kLongest || other.size() > kLongest) return;
  fuzz::promise(checker::similarity(line, line) == 1, "a text is like itself");
  fuzz::promise(checker::edit_distance(line, other) == checker::edit_distance(other, line),
                "a distance both ways");
}

void check_numbers(std::string_view line, std::string_view other) {
  const auto reference = checker::read_number(checker::folded(line), checker::Lead::kNone);
  if (!reference) return;
  fuzz::promise(checker::same_number(*reference, *reference), "a number is itself");
  const auto given = checker::read_number(checker::folded(other), checker::Lead::kWords);
  if (!given) return;
  fuzz::promise(checker::same_number(*reference, *given) == checker::same_number(*given, *reference),
                "the same both ways");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::string_view line = fuzz::take_line(input);
  if (line.size() > 300 || input.size() > 300) return 0;
  check_likeness(line, input);
  check_numbers(line, input);
  fuzz::promise(checker::word_form(line) == checker::word_form(line), "words read twice");
  const std::string folded = checker::folded(line);
  if (const auto date = checker::read_date(folded)) {
    fuzz::promise(checker::same_date(*date, *date), "a date is itself");
    fuzz::promise(!date->hour || (*date->hour >= 0 && *date->hour < 24), "an hour of the day");
    fuzz::promise(!date->month || (*date->month >= 1 && *date->month <= 12), "a month of the year");
  }
  if (const auto unit = checker::read_measure(folded)) fuzz::promise(unit->factor > 0, "a unit's factor");
  for (const std::string& item : checker::list_items(line))
    fuzz::promise(!item.empty(), "an item that says something");
  return 0;
}
