#include <viltree/core/hash.hpp>
#include <viltree/core/similar_text.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace viltree::core {

namespace {

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Per bit, how many features have it less how many have it not.
class Votes {
 public:
  void add(std::string_view feature) {
    const std::uint64_t hash = hash64(feature);
    for (std::size_t bit = 0; bit < votes_.size(); ++bit) votes_[bit] += ((hash >> bit) & 1U) != 0 ? 1 : -1;
  }

  [[nodiscard]] std::uint64_t winners() const {
    std::uint64_t bits = 0;
    for (std::size_t bit = 0; bit < votes_.size(); ++bit) {
      if (votes_[bit] > 0) bits |= std::uint64_t{1} << bit;
    }
    return bits;
  }

 private:
  std::array<std::int32_t, 64> votes_{};
};

}  // namespace

std::string normalised(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  bool blank = false;
  bool digit = false;
  for (const char c : raw) {
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (is_digit(c) && digit && !blank) continue;
    if (blank && !text.empty()) text += ' ';
    digit = is_digit(c);
    blank = false;
    text += digit ? '0' : lower(c);
  }
  return text;
}

std::uint64_t simhash(std::string_view text) {
  Votes votes;
  std::size_t before = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    votes.add(text.substr(begin, end - begin));
    if (begin > 0) votes.add(text.substr(before, end - before));
    before = begin;
    begin = end + 1;
  }
  return votes.winners();
}

bool are_near(std::uint64_t simhash, std::uint64_t other) {
  return std::popcount(simhash ^ other) <= kNearBits;
}

std::string numbers_of(std::string_view text) {
  std::string numbers;
  bool digit = false;
  for (const char c : text) {
    if (is_digit(c)) {
      if (!digit && !numbers.empty()) numbers += ' ';
      numbers += c;
    }
    digit = is_digit(c);
  }
  return numbers;
}

}  // namespace viltree::core
