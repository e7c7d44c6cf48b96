#include "date.hpp"

#include "scan.hpp"
#include "unwrap.hpp"

#include <array>
#include <string>
#include <utility>

namespace viltree::checker {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};

/// 1 to 12 for a month's name or its short form.
int month_named(std::string_view word) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    const bool whole = word == kMonths[i] || (word == "sept" && i == 8);
    if (whole || (word.size() == 3 && kMonths[i].starts_with(word))) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool is_weekday(std::string_view word) {
  for (const std::string_view day : kWeekdays) {
    if (word == day || (word.size() >= 3 && word.size() <= 5 && day.starts_with(word))) return true;
  }
  return false;
}

int days_in(int month, const std::optional<int>& year) {
  static constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool common = year && (*year % 4 != 0 || (*year % 100 == 0 && *year % 400 != 0));
  return month == 2 && common ? 28 : kDays[static_cast<std::size_t>(month - 1)];
}

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  std::optional<Date> read() {
    while (at_ < text_.size()) {
      if (skip()) continue;
      const bool taken = is_digit(text_[at_]) ? digits() : is_letter(text_[at_]) && word();
      if (!taken) return std::nullopt;
    }
    return is_sound() ? std::optional(date_) : std::nullopt;
  }

 private:
  bool skip() {
    if (std::string_view(" \t\r\n,~$").find(text_[at_]) != std::string_view::npos) {
      ++at_;
      return true;
    }
    return false;
  }

  struct Digits {
    int value = -1;
    std::size_t count = 0;
  };

  Digits take_digits() {
    Digits digits{0, 0};
    for (; is_digit(byte_at(text_, at_)); ++at_, ++digits.count) {
      if (digits.count < 5) digits.value = digits.value * 10 + (text_[at_] - '0');
    }
    return digits.count == 0 || digits.count > 4 ? Digits{} : digits;
  }

  static bool set(std::optional<int>& field, int value) {
    if (field) return false;
    field = value;
    return true;
  }

  bool digits() {
    const Digits first = take_digits();
    if (first.value < 0) return false;
    const char mark = byte_at(text_, at_);
    if (mark == ':' && is_digit(byte_at(text_, at_ + 1))) return time(first);
    const bool three = (mark == '-' || mark == '/' || mark == '.') && is_digit(byte_at(text_, at_ + 1));
    if (three) return numbers(first, mark);
    if (first.count <= 2 && half_of_day(first.value)) return true;
    return first.count == 4 ? set(date_.year, first.value) : day(first);
  }

  /// "6", "6th"
  bool day(const Digits& digits) {
    const std::string suffix = lowered(letters_at(text_, at_));
    if (suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th") at_ += suffix.size();
    if (is_word_byte(byte_at(text_, at_))) return false;
    return digits.count <= 2 && set(date_.day, digits.value);
  }

  /// 2020-05-06, 6.5.2020, 5/6/2020
  bool numbers(const Digits& first, char mark) {
    ++at_;
    const Digits second = take_digits();
    if (second.count == 0 || second.count > 2 || byte_at(text_, at_) != mark) return false;
    ++at_;
    const Digits third = take_digits();
    if (third.count == 0 || is_word_byte_but_t()) return false;
    if (first.count == 4) return third.count <= 2 && set_all(first.value, second.value, third.value);
    if (first.count > 2 || third.count != 4) return false;
    const bool day_first = first.value > 12 || mark == '.';
    const bool month_first = second.value > 12;
    date_.either_way = !day_first && !month_first && first.value != second.value;
    return day_first ? set_all(third.value, second.value, first.value)
                     : set_all(third.value, first.value, second.value);
  }

  [[nodiscard]] bool is_word_byte_but_t() const {
    const char next = byte_at(text_, at_);
    return is_word_byte(next) && next != 'T';
  }

  bool set_all(int year, int month, int day) {
    return set(date_.year, year) && set(date_.month, month) && set(date_.day, day);
  }

  /// 3:30, 15:30:10
  bool time(const Digits& hour) {
    ++at_;
    const Digits minute = take_digits();
    if (hour.count > 2 || minute.count != 2 || !set(date_.hour, hour.value)) return false;
    date_.minute = minute.value;
    if (byte_at(text_, at_) == ':') {
      ++at_;
      const Digits second = take_digits();
      if (second.count != 2) return false;
      date_.second = second.value;
    }
    date_.half_open = hour.value >= 1 && hour.value <= 12 && hour.count == (hour.value < 10 ? 1U : 2U);
    const int said = hour.value;
    date_.hour.reset();
    if (half_of_day(said)) return true;
    date_.hour = said;
    return !is_word_byte(byte_at(text_, at_)) || byte_at(text_, at_) == 'Z';
  }

  /// "pm", "p.m.", "o'clock" behind an hour; reads nothing where there is none.
  bool half_of_day(int hour) {
    const std::size_t before = at_;
    while (byte_at(text_, at_) == ' ' || byte_at(text_, at_) == '~') ++at_;
    const std::string_view rest = text_.substr(at_);
    const std::string low = lowered(rest.substr(0, 7));
    if (low == "o'clock") {
      at_ += low.size();
      date_.half_open = true;
      return hour >= 1 && hour <= 12 && set(date_.hour, hour);
    }
    for (const std::string_view half : {"a.m.", "p.m.", "a.m", "p.m", "am", "pm"}) {
      if (!low.starts_with(half) || is_word_byte(byte_at(rest, half.size()))) continue;
      if (hour < 1 || hour > 12) break;
      at_ += half.size();
      date_.half_open = false;
      return set(date_.hour, hour % 12 + (half[0] == 'p' ? 12 : 0));
    }
    at_ = before;
    return false;
  }

  bool word() {
    const std::string word = lowered(letters_at(text_, at_));
    if (word == "t" && date_.day && is_digit(byte_at(text_, at_ + 1))) {
      ++at_;
      return true;
    }
    at_ += word.size();
    if (byte_at(text_, at_) == '.') ++at_;
    if (word == "at" || word == "of" || word == "on" || word == "z" || is_weekday(word)) return true;
    if (word == "noon" || word == "midnight") return set(date_.hour, word == "noon" ? 12 : 0);
    const int month = month_named(word);
    return month > 0 && set(date_.month, month);
  }

  [[nodiscard]] bool is_sound() const {
    const auto within = [](const std::optional<int>& value, int low, int high) {
      return !value || (*value >= low && *value <= high);
    };
    if (!date_.month && !date_.hour) return false;  // a bare year or number is no date
    if ((date_.day || date_.year) && !date_.month) return false;
    if (!within(date_.month, 1, 12) || !within(date_.hour, 0, 23) || !within(date_.minute, 0, 59) ||
        !within(date_.second, 0, 60) || !within(date_.year, 1, 9999))
      return false;
    return !date_.day || within(date_.day, 1, days_in(*date_.month, date_.year));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Date date_;
};

bool same_day(const Date& a, const Date& b) {
  return a.year == b.year && a.month == b.month && a.day == b.day;
}

bool same_time(const Date& a, const Date& b) {
  if (a.minute.value_or(0) != b.minute.value_or(0) || a.second.value_or(0) != b.second.value_or(0))
    return false;
  if (a.hour == b.hour || !a.hour || !b.hour) return a.hour == b.hour;
  return (a.half_open || b.half_open) && *a.hour % 12 == *b.hour % 12;
}

Date turned(Date date) {
  std::swap(date.month, date.day);
  return date;
}

}  // namespace

std::optional<Date> read_date(std::string_view text) {
  text = unwrap(text);
  if (text.empty() || text.size() > kLongestAnswer) return std::nullopt;
  return DateReader(text).read();
}

bool same_date(const Date& a, const Date& b) {
  if (!same_time(a, b)) return false;
  if (same_day(a, b)) return true;
  // The reference and the answer may be written the same ambiguous way, but then they are the same.
  if (a.either_way != b.either_way) return same_day(turned(a.either_way ? a : b), a.either_way ? b : a);
  return false;
}

}  // namespace viltree::checker
