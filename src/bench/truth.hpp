#pragma once

#include <viltree/core/random.hpp>
#include <viltree/domain/completion.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace viltree::bench {

/// What a policy may write at one depth of a problem. k is the hidden quality of the solution so far.
struct StepTable {
  std::vector<std::vector<double>> next;  ///< [k][k']: P(k' after the step | k before it)
  std::vector<double> end;                ///< [k]: P(the answer comes next); 1 at the last depth
  std::uint32_t wordings = 1;             ///< of a step that leads from k to k': few recur, many do not
  double skew = 1;                        ///< 1: all wordings are equally likely; above: the first ones more
  std::vector<std::uint32_t> words;       ///< lengths of a step, equally likely, whatever the quality
};

/// A problem as its policy sees it: a Markov process over hidden qualities.
struct TruthTables {
  std::size_t start = 0;         ///< quality before the first step
  std::vector<StepTable> steps;  ///< by the number of steps written; of the last only `end` is looked at
  std::vector<double> right;     ///< [k]: P(the answer is right | k at the end)
};

/// V[t][k]: the probability that a solution of t steps and quality k becomes right, by backward recursion.
[[nodiscard]] std::vector<std::vector<double>> true_values(const TruthTables& tables);

/// Mean steps of a solution, its answer included.
[[nodiscard]] double mean_steps(const TruthTables& tables);

/// A policy whose every value is known. It writes steps of pseudo-words, with a blank line between them, and
/// a last one with \boxed{N}. The words are drawn from a hash of problem, prefix, quality and wording: the
/// text determines the quality, but does not show it. A completion is a pure function of prefix and seed; a
/// token is a word. It remembers the prefixes that it wrote, and knows no others. One owner at a time.
class KnownPolicy {
 public:
  /// `key` makes two problems with the same tables different.
  KnownPolicy(TruthTables tables, std::uint64_t key);

  /// One completion of a prefix, to its end. `prefix` is empty or ends where a step of an earlier completion
  /// ended.
  [[nodiscard]] domain::Rollout sample(std::string_view prefix, std::uint64_t seed);

  /// The value of such a prefix.
  [[nodiscard]] double value(std::string_view prefix) const;

  [[nodiscard]] const TruthTables& tables() const { return tables_; }

 private:
  struct Place {
    std::size_t depth = 0;
    std::size_t quality = 0;
    bool finished = false;
    bool right = false;
    friend bool operator==(const Place&, const Place&) = default;
  };

  struct Draft;
  [[nodiscard]] const Place& place_of(std::string_view prefix) const;
  void write_step(Draft& draft, core::Random& random);
  void write_answer(Draft& draft, core::Random& random);
  void remember(const Draft& draft);

  TruthTables tables_;
  std::vector<std::vector<double>> values_;
  std::uint64_t key_;
  std::uint64_t answer_;
  std::unordered_map<std::uint64_t, Place> places_;  ///< by the prefix's hash
};

/// A way in which solutions go wrong.
struct Family {
  std::string_view name;
  std::string_view summary;
  /// The tables of one problem. What holds for all problems of a family comes from `world`, what is one
  /// problem's own from `problem`.
  TruthTables (*make)(std::uint64_t world, std::uint64_t problem);
};

[[nodiscard]] std::span<const Family> families();

}  // namespace viltree::bench
