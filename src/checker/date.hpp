#pragma once

#include <optional>
#include <string_view>

namespace viltree::checker {

/// A date, a time of day, or both; what was not said is not there.
struct Date {
  std::optional<int> year;
  std::optional<int> month;
  std::optional<int> day;
  std::optional<int> hour;  ///< 0 to 23; with `half_open`, 1 to 12 of either half of the day
  std::optional<int> minute;
  std::optional<int> second;
  bool half_open = false;   ///< neither "am" nor "pm" was said, and the hour may be of either half
  bool either_way = false;  ///< day and month may be the other way round: 5/6/2020
};

/// All of `text` (folded) as a date or a time: 2020-05-06, 6 May 2020, May 6th, 2020, 5/6/2020, May 2020;
/// 3:30, 15:30:10, 3:30 pm, 3 p.m., noon; and both, with a "T", a comma, "at" or a blank between. Weekdays
/// are passed over. Nothing where it is something else, or no day of the calendar.
[[nodiscard]] std::optional<Date> read_date(std::string_view text);

/// Whether both say the same. What only one of them leaves open, half of the day or order of day and month,
/// is not held against the other.
[[nodiscard]] bool same_date(const Date& a, const Date& b);

}  // namespace viltree::checker
