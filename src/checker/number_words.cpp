#include "number_words.hpp"

#include "scan.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace viltree::checker {

namespace {

constexpr std::array<std::string_view, 20> kSmall = {
    "zero",     "one",     "two",     "three",     "four",     "five",    "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> kTens = {"",      "",      "twenty",  "thirty", "forty",
                                                    "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 3> kThousands = {"thousand", "million", "billion"};
constexpr std::array<std::string_view, 11> kParts = {
    "", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"};

template <std::size_t N>
std::optional<unsigned> index_in(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto* const found = std::find(words.begin(), words.end(), word);
  if (word.empty() || found == words.end()) return std::nullopt;
  return static_cast<unsigned>(found - words.begin());
}

struct Part {
  unsigned of = 0;
  bool plural = false;
};

/// "half", "thirds", "fourths"
std::optional<Part> part_named(std::string word) {
  if (word == "halves") return Part{2, true};
  const bool plural = word.size() > 1 && word.back() == 's';
  if (plural) word.pop_back();
  if (word == "fourth") word = "quarter";
  const auto of = index_in(kParts, word);
  if (!of) return std::nullopt;
  return Part{*of, plural};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<NumberInWords> read() {
    while (!word().empty() && is_number_word()) {
      if (!take()) return std::nullopt;
    }
    if (end_ == 0) return std::nullopt;
    Rational value(total_ + below_thousand_);
    if (const auto part = part_named(lowered(word())); part && next_ > end_) {
      if (!part->plural && value != 1) return std::nullopt;
      value /= part->of;
      end_ = next_ + word().size();
    }
    return NumberInWords{std::move(value), end_};
  }

 private:
  [[nodiscard]] std::string_view word() const { return letters_at(text_, next_); }

  [[nodiscard]] static bool is_number(std::string_view low) {
    return index_in(kSmall, low) || index_in(kTens, low);
  }

  /// What follows goes on with the number; "and" only between "hundred" and another word.
  bool is_number_word() {
    const std::string low = lowered(word());
    if (is_number(low) || low == "hundred" || index_in(kThousands, low)) return true;
    if (low != "and" || unit_ < 100) return false;
    std::size_t behind = next_ + low.size();
    while (byte_at(text_, behind) == ' ') ++behind;
    if (!is_number(lowered(letters_at(text_, behind)))) return false;
    next_ = behind;
    return true;
  }

  /// The word here; false where it makes no number.
  bool take() {
    const std::string low = lowered(word());
    if (const auto small = index_in(kSmall, low)) {
      const bool fits = end_ == 0 || unit_ >= 100 || (unit_ == 10 && *small > 0 && *small < 10);
      if (!fits) return false;
      below_thousand_ += *small;
      unit_ = 1;
    } else if (const auto tens = index_in(kTens, low)) {
      if (end_ > 0 && unit_ < 100) return false;
      below_thousand_ += *tens * 10;
      unit_ = 10;
    } else if (low == "hundred") {
      if (below_thousand_ == 0 || below_thousand_ > 99) return false;
      below_thousand_ *= 100;
      unit_ = 100;
    } else if (!thousands(*index_in(kThousands, low))) {
      return false;
    }
    end_ = next_ + low.size();
    next_ = end_;
    if (byte_at(text_, next_) == '-') ++next_;
    while (byte_at(text_, next_) == ' ') ++next_;
    return true;
  }

  bool thousands(unsigned index) {
    std::uint64_t factor = 1'000;
    for (unsigned i = 0; i < index; ++i) factor *= 1'000;
    if (below_thousand_ == 0 || factor >= least_) return false;
    total_ += below_thousand_ * factor;
    below_thousand_ = 0;
    least_ = factor;
    unit_ = 1'000;
    return true;
  }

  std::string_view text_;
  std::size_t next_ = 0;  // of the word that is read
  std::size_t end_ = 0;   // of the last word that was
  std::uint64_t total_ = 0;
  std::uint64_t below_thousand_ = 0;
  std::uint64_t unit_ = 1;                   // what the last word counts in
  std::uint64_t least_ = 1'000'000'000'000;  // a thousand, a million … must be below
};

}  // namespace

std::optional<NumberInWords> number_in_words(std::string_view text) {
  return Reader(text).read();
}

}  // namespace viltree::checker
