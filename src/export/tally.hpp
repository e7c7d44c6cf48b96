#pragma once

#include <viltree/labels/labels.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace viltree::exports {

/// What the exported labels look like.
struct LabelTally {
  std::uint64_t labels = 0;
  std::uint64_t negative = 0;
  std::uint64_t zeros = 0;
  std::uint64_t ones = 0;
  double sum = 0;
  std::array<std::uint64_t, 10> tenths{};  ///< [0, 0.1), … [0.9, 1]; negative ones are in none

  /// `label` is within -1 to 1: checked, because this is the last look at what a trainer will read.
  void add(double label);
  void add(const LabelTally& other);
};

/// What the card tells of the trees that were read. Sums, added up in the order of the trees.
struct Tally {
  std::uint64_t trees = 0;
  std::uint64_t trees_with_rows = 0;
  std::uint64_t trees_with_images = 0;
  std::uint64_t stopped_by_budget = 0;
  std::uint64_t rows = 0;                         ///< of the format's first file
  std::uint64_t cut_paths = 0;                    ///< ended before their first step without a value
  std::uint64_t unmeasured_paths = 0;             ///< left out: no value at all, or none for their first step
  std::uint64_t marked_paths = 0;                 ///< left out: a step has a mark that the format reserves
  std::uint64_t repaired = 0;                     ///< rows whose text was not UTF-8
  std::map<std::string, std::uint64_t> policies;  ///< rollouts by model
  std::map<std::string, std::uint64_t> strategies;  ///< trees by strategy
  labels::LeftOut left_out;
  std::uint64_t trees_left_out = 0;  ///< without a row, because the filters left none
  std::uint64_t judgements = 0;      ///< in the judge's file
  std::uint64_t judged = 0;          ///< of these, those of solutions that were read
  LabelTally labels;

  void add(const Tally& other);
};

}  // namespace viltree::exports
