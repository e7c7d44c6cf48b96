#include "cuts.hpp"
#include "lines.hpp"
#include "words.hpp"

#include <algorithm>
#include <array>

namespace viltree::steps {

namespace {

/// The text that a full stop is part of, or the word before it, is looked back at for no more bytes.
constexpr std::size_t kLookBack = 40;

// A full stop after these ends no sentence …
constexpr std::array<std::string_view, 22> kNeverLast = {
    "e.g", "i.e", "E.g", "I.e", "Fig",  "fig", "Figs", "figs", "Eq", "eq",  "Eqs",
    "eqs", "Dr",  "Mr",  "Mrs", "Prof", "St",  "vs",   "cf",   "Cf", "viz", "resp"};
// … after these where a number follows …
constexpr std::array<std::string_view, 20> kBeforeNumber = {"No",  "no",  "Nos", "nos", "Sec",  "sec", "Ch",
                                                            "ch",  "Vol", "vol", "p",   "pp",   "Ex",  "Def",
                                                            "Thm", "Lem", "Cor", "Art", "Prop", "Tab"};
// … and after these unless a word follows that mostly begins a sentence.
constexpr std::array<std::string_view, 6> kSometimesLast = {"etc", "al", "approx", "Jr", "Sr", "Ms"};
constexpr std::array<std::string_view, 42> kOpeners = {
    "A",     "After", "Also",  "An",  "And",   "As",   "Because", "But",  "By",   "Finally",   "First",
    "For",   "From",  "Given", "He",  "Hence", "Here", "However", "If",   "In",   "It",        "Let",
    "Next",  "Now",   "Our",   "She", "Since", "So",   "That",    "The",  "Then", "Therefore", "There",
    "These", "This",  "Thus",  "To",  "Using", "We",   "What",    "When", "With"};
constexpr std::array<std::string_view, 8> kNumberedTitles = {"Step", "step", "Case",  "case",
                                                             "Part", "part", "Stage", "Rule"};

template <std::size_t kCount>
bool is_one_of(std::string_view word, const std::array<std::string_view, kCount>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}
bool is_stop(char c) {
  return c == '.' || c == '!' || c == '?';
}

constexpr std::uint32_t kWideStop = 0x3002;       // 。
constexpr std::uint32_t kHalfStop = 0xFF61;       // ｡
constexpr std::uint32_t kFullwidthStop = 0xFF0E;  // ．

bool is_wide_stop(std::uint32_t code) {
  return code == kWideStop || code == kHalfStop || code == kFullwidthStop || code == 0xFF01 || code == 0xFF1F;
}

bool is_fullwidth_digit(std::uint32_t code) {
  return code >= 0xFF10 && code <= 0xFF19;
}

/// Closing quotes and brackets that are no ASCII: » ’ ” 〉 》 」 』 】 ）.
bool is_wide_closer(std::uint32_t code) {
  constexpr std::array<std::uint32_t, 9> kClosers = {0xBB,   0x2019, 0x201D, 0x3009, 0x300B,
                                                     0x300D, 0x300F, 0x3011, 0xFF09};
  return std::find(kClosers.begin(), kClosers.end(), code) != kClosers.end();
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && text.size() <= 4 && std::all_of(text.begin(), text.end(), is_digit);
}

/// "3", "b", "Step 3": with a full stop, what comes first on a line numbers what follows.
bool is_label(std::string_view text) {
  if (is_all_digits(text) || (text.size() == 1 && is_letter(text[0]))) return true;
  const std::size_t blank = text.find(' ');
  return blank != std::string_view::npos && is_one_of(text.substr(0, blank), kNumberedTitles) &&
         is_all_digits(text.substr(blank + 1));
}

/// Single letters with full stops between them: "A", "U.S".
bool is_initials(std::string_view word) {
  if (word.size() % 2 == 0) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i % 2 == 0 ? !is_letter(word[i]) : word[i] != '.') return false;
  }
  return true;
}

class Sentences {
 public:
  Sentences(const Source& source, std::size_t from)
      : source_(source), text_(source.text), from_(from), at_(skip_space(source.text, from)), line_(at_) {}

  /// Where the second sentence begins.
  std::size_t second() {
    while (at_ < text_.size()) {
      const std::size_t end = end_here();
      const std::size_t next = end == kNoCut ? kNoCut : content_after(text_, end);
      if (next != kNoCut && source_.allows(next)) return next;
    }
    return kNoCut;
  }

 private:
  [[nodiscard]] char byte(std::size_t at) const { return at < text_.size() ? text_[at] : '\n'; }
  [[nodiscard]] Character character(std::size_t at) const {
    return at < text_.size() ? character_at(text_, at) : Character{};
  }

  /// Goes on by a piece; the end of the sentence where it is its last.
  std::size_t end_here() {
    if (text_[at_] == '\n') return line_end();
    if (is_stop(text_[at_])) return stops();
    if (is_ascii(text_[at_])) {
      ++at_;
      return kNoCut;
    }
    const Character here = character(at_);
    if (is_wide_stop(here.code)) return wide_stops();
    at_ += here.size;
    return kNoCut;
  }

  /// A blank line ends a sentence, whatever stands before it.
  std::size_t line_end() {
    const std::size_t end = at_;
    line_ = at_ = std::min(content_after(text_, end), text_.size());
    return line_ > end + 1 ? end : kNoCut;
  }

  std::size_t stops() {
    const std::size_t begin = at_;
    while (is_stop(byte(at_))) ++at_;
    const std::size_t end = at_;
    skip_closers();
    return is_space(byte(at_)) && is_end(begin, end) ? at_ : kNoCut;
  }

  /// No blank need follow these.
  std::size_t wide_stops() {
    const std::uint32_t first = character(at_).code;
    std::size_t count = 0;
    bool alike = true;
    for (Character here = character(at_); is_wide_stop(here.code); here = character(at_), ++count) {
      alike = alike && here.code == first;
      at_ += here.size;
    }
    const Character next = character(at_);
    const bool full_stop = first == kWideStop || first == kHalfStop || first == kFullwidthStop;
    if (full_stop && alike && count > 1) return kNoCut;
    if (first == kFullwidthStop && (is_digit(byte(at_)) || is_fullwidth_digit(next.code))) return kNoCut;
    for (Character here = next; is_wide_closer(here.code); here = character(at_)) at_ += here.size;
    return at_;
  }

  /// Quotes, brackets, emphasis, and the end of a formula whose last byte the full stop is.
  void skip_closers() {
    constexpr std::string_view kClosers = "\"')]}*_$";
    for (;;) {
      const char c = byte(at_);
      if (kClosers.find(c) != std::string_view::npos) {
        ++at_;
      } else if (c == '\\' && (byte(at_ + 1) == ')' || byte(at_ + 1) == ']')) {
        at_ += 2;
      } else if (!is_ascii(c) && is_wide_closer(character(at_).code)) {
        at_ += character(at_).size;
      } else {
        return;
      }
    }
  }

  /// Whether the marks at begin … end, before a blank, end a sentence.
  [[nodiscard]] bool is_end(std::size_t begin, std::size_t end) const {
    const std::string_view marks = text_.substr(begin, end - begin);
    if (marks == ".") return !labels(begin) && !is_abbreviated(begin);
    if (marks == "!") return !is_factorial(begin) || opens_sentence(true);
    return marks.find_first_not_of('.') != std::string_view::npos;
  }

  [[nodiscard]] bool labels(std::size_t stop) const {
    if (stop - line_ > kLookBack) return false;
    std::string_view before = text_.substr(line_, stop - line_);
    before.remove_prefix(std::min(before.find_first_not_of("#*_->+( \t\r\f\v"), before.size()));
    return is_label(before);
  }

  [[nodiscard]] bool is_abbreviated(std::size_t stop) const {
    std::size_t begin = stop;
    while (begin > from_ && stop - begin < kLookBack &&
           (is_letter(byte(begin - 1)) || byte(begin - 1) == '.'))
      --begin;
    const char before = begin > from_ ? byte(begin - 1) : ' ';
    if (!is_ascii(before) || is_digit(before) || before == '\\' || before == '_') return false;
    const std::string_view word = text_.substr(begin, stop - begin);
    if (is_one_of(word, kNeverLast)) return true;
    if (is_one_of(word, kBeforeNumber)) return number_follows();
    const bool variable = word.size() == 1 && !is_capital(word[0]);
    if ((is_initials(word) && !variable) || is_one_of(word, kSometimesLast)) return !opens_sentence(false);
    return false;
  }

  /// "5!", "n!", "(n + 1)!".
  [[nodiscard]] bool is_factorial(std::size_t mark) const {
    if (mark == from_) return false;
    const char before = byte(mark - 1);
    if (is_digit(before) || before == ')') return true;
    return is_letter(before) && (mark - 1 == from_ || !(is_letter(byte(mark - 2)) || byte(mark - 2) == '\''));
  }

  [[nodiscard]] bool number_follows() const {
    const char c = byte(skip_blanks(text_, at_));
    return is_digit(c) || c == '$' || c == '\\' || c == '(' || c == '#';
  }

  /// Whether what follows is another line, or a word that mostly begins a sentence (or any with a capital).
  [[nodiscard]] bool opens_sentence(bool any_capital) const {
    const std::size_t begin = skip_blanks(text_, at_);
    if (byte(begin) == '\n') return true;
    if (any_capital) return is_capital(byte(begin)) || !is_ascii(byte(begin));
    std::size_t end = begin;
    while (end - begin < kLookBack && is_letter(byte(end))) ++end;
    return is_one_of(text_.substr(begin, end - begin), kOpeners);
  }

  const Source& source_;
  std::string_view text_;
  std::size_t from_;
  std::size_t at_;
  std::size_t line_;  ///< where the line or the sentence began
};

}  // namespace

std::size_t next_sentence(const Source& source, std::size_t from) {
  return Sentences(source, from).second();
}

const SplitterInfo& sentence() {
  static constexpr SplitterInfo kInfo{.name = "sentence", .next = next_sentence};
  return kInfo;
}

}  // namespace viltree::steps
