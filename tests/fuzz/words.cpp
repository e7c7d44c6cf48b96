#include "date.hpp"
#include "fuzz.hpp"
#include "list_items.hpp"
#include "text_form.hpp"
#include "unicode.hpp"
#include "units.hpp"

// Two texts as words, dates, lists and units: what is read is in its range, and a text is the same as itself.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  std::string_view input = fuzz::as_text(data, size);
  const std::string_view line = fuzz::take_line(input);
  if (line.size() > 300 || input.size() > 300) return 0;
  const double likeness = verify::similarity(line, input);
  fuzz::promise(likeness >= 0 && likeness <= 1, "a similarity from 0 to 1");
  fuzz::promise(verify::similarity(line, line) == 1, "a text is like itself");
  fuzz::promise(verify::edit_distance(line, input) == verify::edit_distance(input, line),
                "a distance both ways");
  fuzz::promise(verify::word_form(line) == verify::word_form(line), "words read twice");
  const std::string folded = verify::folded(line);
  if (const auto date = verify::read_date(folded)) {
    fuzz::promise(verify::same_date(*date, *date), "a date is itself");
    fuzz::promise(!date->hour || (*date->hour >= 0 && *date->hour < 24), "an hour of the day");
    fuzz::promise(!date->month || (*date->month >= 1 && *date->month <= 12), "a month of the year");
  }
  if (const auto unit = verify::read_unit(folded)) fuzz::promise(unit->factor > 0, "a unit's factor");
  for (const std::string& item : verify::list_items(line))
    fuzz::promise(!item.empty(), "an item that says something");
  return 0;
}
