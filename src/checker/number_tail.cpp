#include "number_tail.hpp"

#include "number_words.hpp"
#include "scan.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace viltree::checker {

namespace {

struct Magnitude {
  std::string_view word;
  std::uint64_t factor;
};

constexpr std::array<Magnitude, 6> kMagnitudes = {{{"dozen", 12},
                                                   {"hundred", 100},
                                                   {"thousand", 1'000},
                                                   {"million", 1'000'000},
                                                   {"billion", 1'000'000'000},
                                                   {"trillion", 1'000'000'000'000}}};

/// Words after which the number in front is not the whole answer.
constexpr std::array<std::string_view, 10> kOtherValue = {"or",   "half", "halves",    "pi",    "sqrt",
                                                          "root", "plus", "factorial", "minus", "divided"};
constexpr std::array<std::string_view, 2> kPowers = {"squared", "cubed"};
constexpr std::array<std::string_view, 15> kSilentCommands = {
    "\\ ", "\\,", "\\;",    "\\:",     "\\!",    "\\(",      "\\)",         "\\[",
    "\\]", "\\$", "\\quad", "\\qquad", "\\circ", "\\degree", "\\textdegree"};
constexpr std::array<std::string_view, 4> kDegrees = {"^\\circ", "^{\\circ}", "^\\degree", "^{\\degree}"};
/// Symbols of units that are one letter; any other single letter is a variable.
constexpr std::string_view kOneLetterUnits = "mgshdlLtNJWVACFKT";

/// Letters and marks beyond ASCII that words, units and prices are made of.
bool is_text_mark(char32_t c) {
  const bool letter = (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) || (c >= 0x400 && c <= 0x4FF) ||
                      (c >= 0x3000 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3);
  const bool unit = c == 0xB0 || c == 0xB5 || c == 0x3BC || c == 0x3A9 || c == 0x2126 || c == 0x2103;
  const bool currency = c == 0xA2 || c == 0xA3 || c == 0xA5 || (c >= 0x20A0 && c <= 0x20BF);
  const bool mark = c == 0xA0 || c == 0x2009 || c == 0x202F || (c >= 0x2018 && c <= 0x201D) || c == 0xFF0C;
  return letter || unit || currency || mark;
}

class Tail {
 public:
  Tail(std::string_view text, std::size_t from) : text_(text), from_(from), at_(from) {}

  std::optional<Rational> read() {
    while (at_ < text_.size()) {
      if (!step()) return std::nullopt;
    }
    return scale_;
  }

 private:
  bool step() {
    const char c = text_[at_];
    if (is_letter(c)) return word();
    if (!is_ascii(c)) return beyond_ascii();
    switch (c) {
      case '\\':
        return command();
      case '^':
        return power();
      case '%':
        return percent(1);
      case '-':
        return pass(at_ > 0 && is_letter(text_[at_ - 1]) && is_letter(next()));
      case '/':
        return pass(is_letter(next()) || next() == '\\' || next() == ' ');
      case '*':
        return pass(!is_word_byte(next()) && next() != '\\');
      case '(':
        return pass(at_ > from_);
      default:
        return punctuation(c);
    }
  }

  bool punctuation(char c) {
    const bool space = is_space(c);
    if (space) after_unit_ = false;
    return pass(space || std::string_view(".,;:$`\"')]{}~").find(c) != std::string_view::npos);
  }

  [[nodiscard]] char next() const { return byte_at(text_, at_ + 1); }

  bool pass(bool allowed) {
    ++at_;
    return allowed;
  }

  bool percent(std::size_t length) {
    at_ += length;
    scale_ /= 100;
    return !words_;
  }

  bool word() {
    const std::string_view word = letters_at(text_, at_);
    const std::string low = lowered(word);
    if (one_of(low, kOtherValue) || low.find_first_not_of("xyz") == std::string::npos) return false;
    if (after_and_ && number_in_words(text_.substr(at_))) return false;  // "five and six"
    after_and_ = low == "and";
    const bool first = !words_;
    if (first && word.size() == 1 && !is_unit_or_article(word[0])) return false;
    if (first && one_of(low, kPowers)) return false;
    at_ += word.size();
    if (first && scales(low)) return true;
    words_ = after_unit_ = true;
    return !is_digit(byte_at(text_, at_)) || short_power();
  }

  /// The letter at the current place: "5 m", "5 a month", but not "5 x".
  [[nodiscard]] bool is_unit_or_article(char letter) const {
    const bool article =
        letter == 'a' && at_ > from_ && letters_at(text_, at_ + 2).size() > 1 && next() == ' ';
    return article || kOneLetterUnits.find(letter) != std::string_view::npos;
  }

  /// "cm2"
  bool short_power() { return pass((text_[at_] == '2' || text_[at_] == '3') && !is_word_byte(next())); }

  bool scales(std::string_view word) {
    if (word == "percent") {
      scale_ /= 100;
      return true;
    }
    const auto* const found = std::find_if(kMagnitudes.begin(), kMagnitudes.end(),
                                           [&](const Magnitude& m) { return m.word == word; });
    if (found == kMagnitudes.end()) return false;
    scale_ *= found->factor;
    return true;
  }

  bool command() {
    const std::string_view command = command_at(text_, at_);
    if (command == "\\%") return percent(command.size());
    const bool unit = command == "\\mu" || command == "\\Omega" || (command == "\\cdot" && after_unit_);
    after_unit_ = after_unit_ || unit;
    at_ += command.size();
    return unit || one_of(command, kSilentCommands) || is_style_command(command);
  }

  bool power() {
    for (const std::string_view degrees : kDegrees) {
      if (text_.substr(at_, degrees.size()) == degrees) {
        at_ += degrees.size();
        return true;
      }
    }
    ++at_;
    if (byte_at(text_, at_) == '{') ++at_;
    if (byte_at(text_, at_) == '-') ++at_;
    return pass(after_unit_ && is_digit(byte_at(text_, at_)));
  }

  bool beyond_ascii() {
    const CodePoint point = code_point_at(text_, at_);
    at_ += point.length;
    if (point.value == 0xB2 || point.value == 0xB3) return after_unit_;
    if (!is_text_mark(point.value)) return false;
    if (point.value >= 0x3000) words_ = true;
    return true;
  }

  std::string_view text_;
  std::size_t from_;
  std::size_t at_;
  Rational scale_ = 1;
  bool after_and_ = false;
  bool words_ = false;       // a word has been passed
  bool after_unit_ = false;  // a word ends right here, so that a power may follow
};

}  // namespace

std::optional<Rational> scale_of_tail(std::string_view text, std::size_t from) {
  return Tail(text, from).read();
}

}  // namespace viltree::checker
