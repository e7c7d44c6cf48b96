#include "unicode.hpp"

#include "scan.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace viltree::checker {

namespace {

struct Symbol {
  char32_t value;
  std::string_view form;
};

/// In the order of their values, as the tables below.
constexpr std::array<Symbol, 107> kSymbols = {{{0xAB, "\""},
                                               {0xB0, "^\\circ"},
                                               {0xB1, "\\pm"},
                                               {0xB7, "\\cdot"},
                                               {0xBA, "^\\circ"},
                                               {0xBB, "\""},
                                               {0xBC, "\\frac{1}{4}"},
                                               {0xBD, "\\frac{1}{2}"},
                                               {0xBE, "\\frac{3}{4}"},
                                               {0xD7, "\\times"},
                                               {0xF7, "\\div"},
                                               {0x2DA, "^\\circ"},
                                               {0x3B1, "\\alpha"},
                                               {0x3B2, "\\beta"},
                                               {0x3B3, "\\gamma"},
                                               {0x3B8, "\\theta"},
                                               {0x3BB, "\\lambda"},
                                               {0x3C0, "\\pi"},
                                               {0x3C6, "\\phi"},
                                               {0x3C9, "\\omega"},
                                               {0x66A, "%"},
                                               {0x66B, "."},
                                               {0x66C, ","},
                                               {0x2010, "-"},
                                               {0x2011, "-"},
                                               {0x2012, "-"},
                                               {0x2013, "-"},
                                               {0x2018, "'"},
                                               {0x2019, "'"},
                                               {0x201A, "'"},
                                               {0x201B, "'"},
                                               {0x201C, "\""},
                                               {0x201D, "\""},
                                               {0x201E, "\""},
                                               {0x201F, "\""},
                                               {0x2026, "..."},
                                               {0x2032, "'"},
                                               {0x2033, "''"},
                                               {0x2039, "'"},
                                               {0x203A, "'"},
                                               {0x2044, "/"},
                                               {0x2102, "\\mathbb{C}"},
                                               {0x2103, "^\\circ C"},
                                               {0x2109, "^\\circ F"},
                                               {0x210E, "h"},
                                               {0x2115, "\\mathbb{N}"},
                                               {0x211A, "\\mathbb{Q}"},
                                               {0x211D, "\\mathbb{R}"},
                                               {0x2124, "\\mathbb{Z}"},
                                               {0x2150, "\\frac{1}{7}"},
                                               {0x2151, "\\frac{1}{9}"},
                                               {0x2152, "\\frac{1}{10}"},
                                               {0x2153, "\\frac{1}{3}"},
                                               {0x2154, "\\frac{2}{3}"},
                                               {0x2155, "\\frac{1}{5}"},
                                               {0x2156, "\\frac{2}{5}"},
                                               {0x2157, "\\frac{3}{5}"},
                                               {0x2158, "\\frac{4}{5}"},
                                               {0x2159, "\\frac{1}{6}"},
                                               {0x215A, "\\frac{5}{6}"},
                                               {0x215B, "\\frac{1}{8}"},
                                               {0x215C, "\\frac{3}{8}"},
                                               {0x215D, "\\frac{5}{8}"},
                                               {0x215E, "\\frac{7}{8}"},
                                               {0x2189, "\\frac{0}{3}"},
                                               {0x2192, "\\to"},
                                               {0x2205, "\\emptyset"},
                                               {0x2208, "\\in"},
                                               {0x2209, "\\notin"},
                                               {0x2212, "-"},
                                               {0x2213, "\\mp"},
                                               {0x2215, "/"},
                                               {0x2216, "\\setminus"},
                                               {0x2217, "*"},
                                               {0x2219, "\\cdot"},
                                               {0x221A, "\\sqrt"},
                                               {0x221B, "\\sqrt[3]"},
                                               {0x221C, "\\sqrt[4]"},
                                               {0x221E, "\\infty"},
                                               {0x2220, "\\angle"},
                                               {0x2229, "\\cap"},
                                               {0x222A, "\\cup"},
                                               {0x2236, ":"},
                                               {0x2248, "\\approx"},
                                               {0x2260, "\\ne"},
                                               {0x2264, "\\le"},
                                               {0x2265, "\\ge"},
                                               {0x2282, "\\subset"},
                                               {0x2286, "\\subseteq"},
                                               {0x22C5, "\\cdot"},
                                               {0x25B3, "\\triangle"},
                                               {0x2795, "+"},
                                               {0x2796, "-"},
                                               {0x2A7D, "\\le"},
                                               {0x2A7E, "\\ge"},
                                               {0x3001, ","},
                                               {0x3002, "."},
                                               {0x300C, "\""},
                                               {0x300D, "\""},
                                               {0x300E, "\""},
                                               {0x300F, "\""},
                                               {0x3010, "["},
                                               {0x3011, "]"},
                                               {0xFE63, "-"},
                                               {0xFF61, "."},
                                               {0x1D6D1, "\\pi"},
                                               {0x1D70B, "\\pi"}}};

/// The zero of each script; its other digits follow it.
constexpr std::array<char32_t, 65> kZeros = {
    0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,   0xCE6,
    0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,  0x1946,  0x19D0,
    0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,  0xA900,  0xA9D0,  0xA9F0,
    0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450,
    0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

struct Small {
  char32_t value;
  char form;
};

constexpr std::array<Small, 19> kSuperscripts = {{{0xB2, '2'},
                                                  {0xB3, '3'},
                                                  {0xB9, '1'},
                                                  {0x2B8, 'y'},
                                                  {0x2E3, 'x'},
                                                  {0x2070, '0'},
                                                  {0x2071, 'i'},
                                                  {0x2074, '4'},
                                                  {0x2075, '5'},
                                                  {0x2076, '6'},
                                                  {0x2077, '7'},
                                                  {0x2078, '8'},
                                                  {0x2079, '9'},
                                                  {0x207A, '+'},
                                                  {0x207B, '-'},
                                                  {0x207C, '='},
                                                  {0x207D, '('},
                                                  {0x207E, ')'},
                                                  {0x207F, 'n'}}};

constexpr std::array<Small, 24> kSubscripts = {
    {{0x1D62, 'i'}, {0x2080, '0'}, {0x2081, '1'}, {0x2082, '2'}, {0x2083, '3'}, {0x2084, '4'},
     {0x2085, '5'}, {0x2086, '6'}, {0x2087, '7'}, {0x2088, '8'}, {0x2089, '9'}, {0x208A, '+'},
     {0x208B, '-'}, {0x208C, '='}, {0x208D, '('}, {0x208E, ')'}, {0x2090, 'a'}, {0x2091, 'e'},
     {0x2092, 'o'}, {0x2093, 'x'}, {0x2096, 'k'}, {0x2098, 'm'}, {0x2099, 'n'}, {0x2C7C, 'j'}}};

/// The last entry whose value is not greater, or the end.
template <class Table, class ValueOf>
auto entry_below(const Table& table, char32_t value, ValueOf value_of) {
  const auto above = std::upper_bound(table.begin(), table.end(), value,
                                      [&](char32_t v, const auto& entry) { return v < value_of(entry); });
  return above == table.begin() ? table.end() : above - 1;
}

char digit_of(char32_t value) {
  if (value < 0x80) return value >= '0' && value <= '9' ? static_cast<char>(value) : '\0';
  const auto zero = entry_below(kZeros, value, [](char32_t v) { return v; });
  return zero != kZeros.end() && value - *zero < 10 ? static_cast<char>('0' + (value - *zero)) : '\0';
}

std::string_view symbol_of(char32_t value) {
  const auto entry = entry_below(kSymbols, value, [](const Symbol& s) { return s.value; });
  return entry != kSymbols.end() && entry->value == value ? entry->form : std::string_view();
}

char small_of(std::span<const Small> table, char32_t value) {
  const auto entry = entry_below(table, value, [](const Small& s) { return s.value; });
  return entry != table.end() && entry->value == value ? entry->form : '\0';
}

bool is_blank(char32_t value) {
  return value == 0xA0 || (value >= 0x2000 && value <= 0x200A) || value == 0x202F || value == 0x205F ||
         value == 0x3000;
}

/// Joiners, marks of direction, the variation selectors of emoji.
bool has_no_width(char32_t value) {
  return value == 0xAD || (value >= 0x200B && value <= 0x200F) || (value >= 0x202A && value <= 0x202E) ||
         (value >= 0x2060 && value <= 0x2069) || value == 0xFE0E || value == 0xFE0F || value == 0xFEFF;
}

/// A letter or mark that is an ASCII one in another width or style, or zero.
char plain_of(char32_t value) {
  constexpr char32_t kStyled = 0x1D400;  // thirteen alphabets of 52 letters
  if (value >= 0xFF01 && value <= 0xFF5E) return static_cast<char>(value - 0xFF01 + '!');
  if (value < kStyled || value >= kStyled + 13U * 52U) return '\0';
  const char32_t place = (value - kStyled) % 52;
  return static_cast<char>(place < 26 ? 'A' + place : 'a' + (place - 26));
}

/// "(B)" of a letter or number in a circle or parentheses, or nothing.
std::string enclosed_of(char32_t value) {
  const auto letter = [&](char32_t first, char as) {
    return value >= first && value < first + 26
               ? "(" + std::string(1, static_cast<char>(as + static_cast<char>(value - first))) + ")"
               : std::string();
  };
  if (value >= 0x2460 && value < 0x2460 + 20) return "(" + std::to_string(value - 0x2460 + 1) + ")";
  for (const char32_t first : {0x24B6U, 0x1F110U, 0x1F130U, 0x1F150U, 0x1F170U}) {
    if (auto form = letter(first, 'A'); !form.empty()) return form;
  }
  for (const char32_t first : {0x24D0U, 0x249CU}) {
    if (auto form = letter(first, 'a'); !form.empty()) return form;
  }
  return {};
}

class Folder {
 public:
  Folder(std::string_view text, std::string& out) : text_(text), out_(out) {}

  void run() {
    while (at_ < text_.size()) {
      if (is_ascii(text_[at_])) {
        add(text_[at_++]);
        continue;
      }
      const CodePoint point = code_point_at(text_, at_);
      if (point.length == 0) {
        out_ += text_[at_++];
      } else {
        fold(point);
      }
    }
  }

 private:
  /// Keeps a command apart from a letter behind it.
  void add(char c) {
    if (after_command_ && is_letter(c)) out_ += ' ';
    after_command_ = false;
    out_ += c;
  }
  void add(std::string_view form) {
    if (form.empty()) return;
    add(form.front());
    out_ += form.substr(1);
  }

  void fold(CodePoint point) {
    if (fold_small(kSuperscripts, '^') || fold_small(kSubscripts, '_')) return;
    const std::string_view bytes = text_.substr(at_, point.length);
    at_ += point.length;
    if (has_no_width(point.value)) return;
    if (is_blank(point.value)) return add(' ');
    if (const char digit = digit_of(point.value); digit != '\0') return add(digit);
    if (const char plain = plain_of(point.value); plain != '\0') return add(plain);
    if (const auto form = symbol_of(point.value); !form.empty()) return add_symbol(form);
    if (const std::string form = enclosed_of(point.value); !form.empty()) return add(form);
    after_command_ = false;
    out_ += bytes;
  }

  void add_symbol(std::string_view form) {
    if (form.starts_with("\\frac")) space_behind_digit();
    add(form);
    after_command_ = is_letter(form.back()) && form.find('\\') != std::string_view::npos;
    if (form == "\\sqrt") add_radicand();
  }

  void space_behind_digit() {
    if (!out_.empty() && is_digit(out_.back())) out_ += ' ';
  }

  /// The number right behind a root: \sqrt12 would be the root of 1, times 2.
  void add_radicand() {
    const std::string digits = digits_here();
    if (digits.empty()) return;
    after_command_ = false;
    out_ += "{" + digits + "}";
  }

  std::string digits_here() {
    std::string digits;
    while (at_ < text_.size()) {
      const CodePoint point = code_point_at(text_, at_);
      const char digit = point.length == 0 ? '\0' : digit_of(point.value);
      if (digit != '\0') {
        digits += digit;
      } else if (point.value == '.' && !digits.empty() && is_digit(byte_at(text_, at_ + 1))) {
        digits += '.';
      } else {
        break;
      }
      at_ += point.length;
    }
    return digits;
  }

  /// The run of superscripts or subscripts that begins here, `end` where it ends.
  [[nodiscard]] std::string smalls(std::span<const Small> table, std::size_t& end) const {
    std::string run;
    for (; end < text_.size() && !is_ascii(text_[end]);) {
      const CodePoint point = code_point_at(text_, end);
      const char form = point.length == 0 ? '\0' : small_of(table, point.value);
      if (form == '\0') break;
      run += form;
      end += point.length;
    }
    return run;
  }

  bool fold_small(std::span<const Small> table, char sign) {
    std::size_t end = at_;
    const std::string run = smalls(table, end);
    if (run.empty()) return false;
    constexpr std::string_view kFractionSlash = "\xE2\x81\x84";
    at_ = end;
    if (sign == '^' && text_.substr(end, kFractionSlash.size()) == kFractionSlash) {
      end += kFractionSlash.size();
      if (const std::string below = smalls(kSubscripts, end); !below.empty()) {
        at_ = end;
        space_behind_digit();
        add("\\frac{" + run + "}{" + below + "}");
        return true;
      }
    }
    add(sign);
    out_ += "{" + run + "}";
    return true;
  }

  std::string_view text_;
  std::string& out_;
  std::size_t at_ = 0;
  bool after_command_ = false;
};

}  // namespace

std::string_view folded(std::string_view text, std::string& scratch) {
  if (std::all_of(text.begin(), text.end(), is_ascii)) return text;
  scratch.clear();
  scratch.reserve(text.size() + text.size() / 4);
  Folder(text, scratch).run();
  return scratch;
}

std::string folded(std::string_view text) {
  std::string scratch;
  return std::string(folded(text, scratch));
}

}  // namespace viltree::checker
