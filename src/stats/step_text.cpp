#include "step_text.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace viltree::stats {

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
    const std::uint64_t hash = core::hash64(feature);
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

/// A simhash and how many have it.
struct Group {
  std::uint64_t simhash = 0;
  std::uint64_t members = 0;
  bool has_neighbour = false;
};

std::vector<Group> groups_of(std::span<const std::uint64_t> simhashes) {
  std::vector<std::uint64_t> sorted(simhashes.begin(), simhashes.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<Group> groups;
  for (const std::uint64_t simhash : sorted) {
    if (groups.empty() || groups.back().simhash != simhash) groups.push_back({simhash});
    ++groups.back().members;
  }
  return groups;
}

}  // namespace

std::string normalised(std::string_view step) {
  std::string text;
  text.reserve(step.size());
  bool blank = false;
  bool digit = false;
  for (const char c : step) {
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

std::uint64_t simhash(std::string_view step) {
  Votes votes;
  std::size_t before = 0;
  for (std::size_t begin = 0; begin < step.size();) {
    const std::size_t end = std::min(step.find(' ', begin), step.size());
    votes.add(step.substr(begin, end - begin));
    if (begin > 0) votes.add(step.substr(before, end - before));
    before = begin;
    begin = end + 1;
  }
  return votes.winners();
}

std::vector<bool> have_neighbours(std::span<const std::uint64_t> simhashes) {
  std::vector<Group> groups = groups_of(simhashes);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].members > 1) groups[i].has_neighbour = true;
    for (std::size_t j = i + 1; j < groups.size(); ++j) {
      if (std::popcount(groups[i].simhash ^ groups[j].simhash) > kNearBits) continue;
      groups[i].has_neighbour = true;
      groups[j].has_neighbour = true;
    }
  }
  std::vector<bool> found;
  for (const std::uint64_t simhash : simhashes) {
    const auto group = std::lower_bound(groups.begin(), groups.end(), simhash,
                                        [](const Group& a, std::uint64_t b) { return a.simhash < b; });
    found.push_back(group->has_neighbour);
  }
  return found;
}

}  // namespace viltree::stats
