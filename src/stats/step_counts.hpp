#pragma once

#include <viltree/stats/stats.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// How often steps occur in a run, in tables of a fixed size.
namespace viltree::stats {

/// Rows with one normalised step.
struct StepCount {
  std::uint64_t hash = 0;  ///< core::hash64 of the normalised step: another step with the same hash counts as
                           ///< the same, which among 10^8 steps happens at all with a chance of 1 in 3,700
  std::uint64_t rows = 0;
  std::string text;  ///< normalised, its beginning
};

/// The beginning of a text that StepCount keeps: whole characters where it is UTF-8.
[[nodiscard]] std::string beginning(std::string_view text);
inline constexpr std::size_t kMostTextBytes = 120;

/// The steps of a part of the run, each once, in the order of their first rows.
class StepCounter {
 public:
  void add(std::string_view normalised_step, std::uint64_t hash);
  [[nodiscard]] const std::vector<StepCount>& counts() const { return counts_; }

 private:
  std::vector<StepCount> counts_;
  std::unordered_map<std::uint64_t, std::size_t> places_;  ///< by hash, in counts_
};

/// Distinct sampling (Gibbons, "Distinct sampling for highly-accurate answers to distinct values queries and
/// event reports", VLDB 2001): the rows of the steps whose hash ends in `level` zero bits, at the lowest
/// level at which these steps are at most `capacity`. At level 0 nothing is left out and all is exact; else a
/// number of steps with some property of which the sample has s is estimated with a relative standard error
/// of 1/√s. What it holds depends on the steps alone, not on their order.
class DistinctSample {
 public:
  explicit DistinctSample(std::size_t capacity) : capacity_(capacity) {}

  void add(std::uint64_t hash, std::uint64_t rows);
  [[nodiscard]] bool is_exact() const { return level_ == 0; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// Different steps.
  [[nodiscard]] double distinct() const;
  /// Steps with one row.
  [[nodiscard]] double singles() const;

 private:
  [[nodiscard]] bool is_sampled(std::uint64_t hash) const {
    return (hash & ((std::uint64_t{1} << level_) - 1)) == 0;
  }
  void raise_level();

  std::size_t capacity_;
  unsigned level_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> rows_;  ///< by hash
};

/// Space-saving (Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements in
/// data streams", ICDT 2005): the most frequent steps with `capacity` counters. A new step takes the counter
/// of the least frequent one and its count as its error. Exact while the steps are at most `capacity`; else
/// every step with more than rows / capacity of the rows has a counter.
class FrequentSteps {
 public:
  explicit FrequentSteps(std::size_t capacity) : capacity_(capacity) {}

  void add(const StepCount& step);
  /// With two or more rows for sure, most frequent first; of equals, the one whose text comes first.
  [[nodiscard]] std::vector<FrequentStep> most(std::size_t number) const;

 private:
  struct Counter {
    std::uint64_t hash = 0;
    FrequentStep step;
  };
  void add_rows(std::size_t place, std::uint64_t rows);
  void sink(std::size_t at);
  void rise(std::size_t at);
  void swap(std::size_t a, std::size_t b);
  [[nodiscard]] bool is_less(std::size_t a, std::size_t b) const;

  std::size_t capacity_;
  std::vector<Counter> heap_;                              ///< the least frequent one first
  std::unordered_map<std::uint64_t, std::size_t> places_;  ///< by hash, in heap_
};

}  // namespace viltree::stats
