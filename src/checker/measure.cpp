#include "measure.hpp"

#include "scan.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace viltree::checker {

namespace {

using boost::multiprecision::cpp_int;
using Factor = boost::multiprecision::cpp_rational;
using enum Dimension;

constexpr std::size_t kLongestUnit = 80;

struct Power {
  Dimension of;
  int power;
};

struct Entry {
  std::string_view names;  // separated by blanks
  std::int64_t above;
  std::int64_t below;
  Power first;
  Power second{kLength, 0};
  Power third{kLength, 0};
  bool takes_prefix = false;
  Power fourth{kLength, 0};
};

// Symbols are looked up as they are, words in lower case and without a plural s.
constexpr std::array kUnits = std::to_array<Entry>({
    {"m meter metre", 1, 1, {kLength, 1}, {kLength, 0}, {kLength, 0}, true},
    {"in inch inches", 254, 10'000, {kLength, 1}},
    {"ft foot feet", 3'048, 10'000, {kLength, 1}},
    {"yd yard", 9'144, 10'000, {kLength, 1}},
    {"mi mile", 1'609'344, 1'000, {kLength, 1}},
    {"g gram", 1, 1'000, {kMass, 1}, {kLength, 0}, {kLength, 0}, true},
    {"t ton tonne", 1'000, 1, {kMass, 1}},
    {"lb pound", 45'359'237, 100'000'000, {kMass, 1}},
    {"oz ounce", 45'359'237, 1'600'000'000, {kMass, 1}},
    {"s sec second", 1, 1, {kTime, 1}, {kLength, 0}, {kLength, 0}, true},
    {"min minute", 60, 1, {kTime, 1}},
    {"h hr hour", 3'600, 1, {kTime, 1}},
    {"day", 86'400, 1, {kTime, 1}},
    {"week", 604'800, 1, {kTime, 1}},
    {"A ampere amp", 1, 1, {kCurrent, 1}, {kLength, 0}, {kLength, 0}, true},
    {"mol mole", 1, 1, {kAmount, 1}, {kLength, 0}, {kLength, 0}, true},
    {"K kelvin", 1, 1, {kKelvin, 1}},
    {"celsius degc", 1, 1, {kCelsius, 1}},
    {"fahrenheit degf", 1, 1, {kFahrenheit, 1}},
    {"deg degree", 1, 1, {kDegree, 1}},
    {"rad radian", 1, 1, {kRadian, 1}},
    {"L l liter litre", 1, 1'000, {kLength, 3}, {kLength, 0}, {kLength, 0}, true},
    {"N newton", 1, 1, {kMass, 1}, {kLength, 1}, {kTime, -2}, true},
    {"J joule", 1, 1, {kMass, 1}, {kLength, 2}, {kTime, -2}, true},
    {"W watt", 1, 1, {kMass, 1}, {kLength, 2}, {kTime, -3}, true},
    {"Pa pascal", 1, 1, {kMass, 1}, {kLength, -1}, {kTime, -2}, true},
    {"C coulomb", 1, 1, {kCurrent, 1}, {kTime, 1}, {kLength, 0}, true},
    {"Hz hertz", 1, 1, {kTime, -1}, {kLength, 0}, {kLength, 0}, true},
    {"mph", 1'609'344, 3'600'000, {kLength, 1}, {kTime, -1}},
    {"kmh kph", 1'000, 3'600, {kLength, 1}, {kTime, -1}},
    {"ha hectare", 10'000, 1, {kLength, 2}},
    {"acre", 40'468'564'224, 10'000'000, {kLength, 2}},
    {"bit", 1, 1, {kData, 1}, {kLength, 0}, {kLength, 0}, true},
    {"B byte", 8, 1, {kData, 1}, {kLength, 0}, {kLength, 0}, true},
    {"$ dollar usd", 1, 1, {kDollar, 1}},
    {"cent", 1, 100, {kDollar, 1}},
    {"euro eur \xE2\x82\xAC", 1, 1, {kEuro, 1}},
    {"gbp \xC2\xA3", 1, 1, {kPound, 1}},
    {"yen jpy yuan cny rmb \xC2\xA5", 1, 1, {kYen, 1}},
    {"rupee inr \xE2\x82\xB9", 1, 1, {kRupee, 1}},
    {"won krw \xE2\x82\xA9", 1, 1, {kWon, 1}},
    {"ruble rouble rub \xE2\x82\xBD", 1, 1, {kRuble, 1}},
    {"nickel", 5, 100, {kDollar, 1}},
    {"dime", 10, 100, {kDollar, 1}},
    {"month", 1, 1, {kMonth, 1}},
    {"yr year", 12, 1, {kMonth, 1}},
    {"decade", 120, 1, {kMonth, 1}},
    {"century centuries", 1'200, 1, {kMonth, 1}},
    {"gal gallon", 3'785'411'784, 1'000'000'000'000, {kLength, 3}},
    {"qt quart", 946'352'946, 1'000'000'000'000, {kLength, 3}},
    {"pt pint", 473'176'473, 1'000'000'000'000, {kLength, 3}},
    {"tbsp tablespoon", 14'786'764'781'250, 1'000'000'000'000'000'000, {kLength, 3}},
    {"tsp teaspoon", 4'928'921'593'750, 1'000'000'000'000'000'000, {kLength, 3}},
    {"cal calorie", 4'184, 1'000, {kMass, 1}, {kLength, 2}, {kTime, -2}, true},
    {"atm atmosphere", 101'325, 1, {kMass, 1}, {kLength, -1}, {kTime, -2}},
    {"bar", 100'000, 1, {kMass, 1}, {kLength, -1}, {kTime, -2}},
    {"Wh", 3'600, 1, {kMass, 1}, {kLength, 2}, {kTime, -2}, true},
    {"rpm", 1, 60, {kTime, -1}},
    {"V volt", 1, 1, {kMass, 1}, {kLength, 2}, {kTime, -3}, true, {kCurrent, -1}},
    {"ohm \\Omega \xCE\xA9", 1, 1, {kMass, 1}, {kLength, 2}, {kTime, -3}, true, {kCurrent, -2}},
});

struct Prefix {
  std::string_view symbol;
  std::string_view word;
  std::int64_t above;
  std::int64_t below;
};

constexpr std::array kPrefixes = std::to_array<Prefix>({
    {"k", "kilo", 1'000, 1},
    {"c", "centi", 1, 100},
    {"m", "milli", 1, 1'000},
    {"d", "deci", 1, 10},
    {"M", "mega", 1'000'000, 1},
    {"G", "giga", 1'000'000'000, 1},
    {"T", "tera", 1'000'000'000'000, 1},
    {"h", "hecto", 100, 1},
    {"\\mu", "micro", 1, 1'000'000},
    {"n", "nano", 1, 1'000'000'000},
});

bool is_named(const Entry& entry, std::string_view name) {
  std::string_view names = entry.names;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == name) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

Measure unit_of(const Entry& entry, const Factor& scale) {
  Measure unit;
  unit.factor = Factor(entry.above, entry.below) * scale;
  for (const Power& power : {entry.first, entry.second, entry.third, entry.fourth})
    unit.powers[static_cast<std::size_t>(power.of)] =
        static_cast<std::int8_t>(unit.powers[static_cast<std::size_t>(power.of)] + power.power);
  return unit;
}

std::optional<Measure> find(std::string_view name, bool prefixed_only, const Factor& scale) {
  for (const Entry& entry : kUnits) {
    if ((!prefixed_only || entry.takes_prefix) && is_named(entry, name)) return unit_of(entry, scale);
  }
  return std::nullopt;
}

std::optional<Measure> find_with_prefix(std::string_view name, bool words) {
  for (const Prefix& prefix : kPrefixes) {
    const std::string_view mark = words ? prefix.word : prefix.symbol;
    if (!name.starts_with(mark) || name.size() == mark.size()) continue;
    const auto unit = find(name.substr(mark.size()), true, Factor(prefix.above, prefix.below));
    if (unit) return unit;
  }
  return std::nullopt;
}

std::optional<Measure> one_unit(std::string_view name) {
  if (auto unit = find(name, false, 1)) return unit;
  if (auto unit = find_with_prefix(name, false)) return unit;
  std::string word = lowered(name);
  for (const bool plural : {false, true}) {
    if (plural && (word.size() < 3 || word.back() != 's')) break;
    if (plural) word.pop_back();
    if (auto unit = find(word, false, 1)) return unit;
    if (auto unit = find_with_prefix(word, true)) return unit;
  }
  return std::nullopt;
}

/// The marks of a unit: names, signs and whole exponents, without their dress.
class Marks {
 public:
  explicit Marks(std::string_view text) : text_(text) {}

  /// The next mark; empty at the end.
  std::string_view next() {
    skip();
    const std::size_t begin = at_;
    if (at_ >= text_.size()) return {};
    if (text_[at_] == '\\') {
      at_ += command_at(text_, at_).size();
      if (text_.substr(begin, at_ - begin) == "\\mu") at_ += letters_at(text_, at_).size();
    } else if (is_letter(text_[at_])) {
      at_ += letters_at(text_, at_).size();
    } else if (is_digit(text_[at_])) {
      while (is_digit(byte_at(text_, at_))) ++at_;
    } else {
      at_ += std::max<std::size_t>(code_point_at(text_, at_).length, 1);
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (std::string_view(" \t\r\n{}~.").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (text_[at_] == '\\' && is_silent(command_at(text_, at_))) {
        at_ += command_at(text_, at_).size();
      } else {
        return;
      }
    }
  }

  static bool is_silent(std::string_view command) {
    static constexpr std::array<std::string_view, 6> kSilent = {"\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad"};
    return is_style_command(command) || one_of(command, kSilent);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void raise(Measure& unit, int power) {
  Factor factor = 1;
  for (int i = 0; i < std::abs(power); ++i) factor *= unit.factor;
  unit.factor = power < 0 ? Factor(1 / factor) : factor;
  for (auto& one : unit.powers) one = static_cast<std::int8_t>(one * power);
}

void multiply(Measure& unit, const Measure& by) {
  unit.factor *= by.factor;
  for (std::size_t i = 0; i < kDimensions; ++i)
    unit.powers[i] = static_cast<std::int8_t>(unit.powers[i] + by.powers[i]);
}

class MeasureReader {
 public:
  explicit MeasureReader(std::string_view text) : marks_(text) {}

  std::optional<Measure> read() {
    for (std::string_view mark = marks_.next(); !mark.empty(); mark = marks_.next()) {
      if (!take(mark)) return std::nullopt;
    }
    if (!flush() || !any_) return std::nullopt;
    return whole_;
  }

 private:
  bool take(std::string_view mark) {
    if (mark == "/" || lowered(mark) == "per") {
      if (!flush() || !any_) return false;
      below_ = true;
      return true;
    }
    if (mark == "*" || mark == "\\cdot" || mark == "\\times" || mark == "-") return minus_or_times(mark);
    if (mark == "^") {
      power_due_ = true;
      return true;
    }
    if (is_digit(mark[0])) return exponent(mark);
    return word(mark);
  }

  bool minus_or_times(std::string_view mark) {
    if (mark != "-") return flush();
    negative_ = power_due_;
    return true;
  }

  bool exponent(std::string_view digits) {
    if (!pending_ || digits.size() != 1) return false;
    raise(*pending_, negative_ ? -(digits[0] - '0') : digits[0] - '0');
    power_due_ = negative_ = false;
    return flush();
  }

  bool word(std::string_view mark) {
    const std::string low = lowered(mark);
    if (mark == "\\circ" || mark == "\\degree") {
      power_due_ = false;
      return name(followed_by_scale() ? "" : "degree");
    }
    if (power_due_) return false;
    if (low == "square" || low == "sq" || low == "cubic" || low == "cu") {
      if (!flush()) return false;
      next_power_ = low.starts_with("sq") ? 2 : 3;
      return true;
    }
    if (low == "squared" || low == "cubed") {
      if (!pending_) return false;
      raise(*pending_, low == "squared" ? 2 : 3);
      return flush();
    }
    return name(mark);
  }

  /// Behind a degree sign, C and F are scales of temperature.
  bool followed_by_scale() {
    const Marks before = marks_;
    const std::string_view next = marks_.next();
    if (next == "C" || next == "F") {
      scale_ = next == "C" ? "celsius" : "fahrenheit";
      return true;
    }
    marks_ = before;
    return false;
  }

  bool name(std::string_view mark) {
    if (!flush()) return false;
    std::string_view called = mark;
    if (called.empty()) called = scale_;
    if (called == "\\$") called = "$";
    pending_ = one_unit(called);
    if (!pending_) return false;
    if (next_power_ > 1) raise(*pending_, next_power_);
    next_power_ = 1;
    return true;
  }

  bool flush() {
    if (power_due_ || (next_power_ > 1 && !pending_)) return false;
    if (!pending_) return true;
    if (below_) raise(*pending_, -1);
    below_ = false;
    multiply(whole_, *pending_);
    pending_.reset();
    any_ = true;
    return true;
  }

  Marks marks_;
  Measure whole_;
  std::optional<Measure> pending_;
  std::string_view scale_;
  int next_power_ = 1;
  bool below_ = false;
  bool power_due_ = false;
  bool negative_ = false;
  bool any_ = false;
};

}  // namespace

std::optional<Measure> read_measure(std::string_view text) {
  text = core::trim(text);
  if (text.empty() || text.size() > kLongestUnit) return std::nullopt;
  return MeasureReader(text).read();
}

}  // namespace viltree::checker
