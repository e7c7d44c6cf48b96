#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/domain/ruling.hpp>
#include <viltree/domain/verdict.hpp>
#include <viltree/storage/manifest.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

/// What a run brought and what that cost. Plain values; functions are pure and thread-safe.
namespace viltree::archive {

/// What a judge said, by what the rules say of the same answers, and what it cost.
struct JudgeTotals {
  domain::Evidence of_right;   ///< of answers that the rules call right
  domain::Evidence of_wrong;   ///< that they call wrong
  domain::Evidence of_untold;  ///< that they cannot tell
  domain::Usage usage;
  std::uint64_t uncounted = 0;  ///< replies whose generated tokens nobody counted

  /// Answers that it was asked about, and whose reply came.
  [[nodiscard]] std::uint64_t asked() const {
    return of_right.total() + of_wrong.total() + of_untold.total();
  }
  /// Answers that rules and judge call right or wrong.
  [[nodiscard]] std::uint64_t compared() const {
    return std::uint64_t{of_right.decided()} + of_wrong.decided();
  }
  /// Of these, the share that they see alike; none where there are none.
  [[nodiscard]] std::optional<double> agreement() const;
  /// What it said in all.
  [[nodiscard]] domain::Evidence verdicts() const;
  void add(const domain::Ruling& ruling);
  void add(const JudgeTotals& other);
};

/// For people: "36 answers: 12 right, 24 wrong; …"; empty where it was asked nothing.
[[nodiscard]] std::string describe(const JudgeTotals& judge);

/// What a run has brought so far, earlier sessions included.
struct Totals {
  std::uint64_t trees = 0;     ///< finished
  std::uint64_t rejected = 0;  ///< lines of the data set that were put aside
  std::uint64_t answers = 0;   ///< requests answered, refusals included
  std::uint64_t refusals = 0;  ///< prefixes that the policy refuses for good
  std::uint64_t rollouts = 0;
  std::uint64_t rows = 0;       ///< in committed units
  std::uint64_t left_out = 0;   ///< by the filters of labels, in committed units
  std::uint64_t uncounted = 0;  ///< completions whose generated tokens nobody counted
  domain::Usage usage;
  domain::Evidence verdicts;  ///< of rollouts that wait for the judge, nothing yet
  JudgeTotals judge;
  /// Prompt tokens that the server computed, and the least that a prefix cache allows (search/prefill.hpp),
  /// both of the finished trees whose answers say what was cached.
  std::optional<std::uint64_t> prefill_computed = std::nullopt;
  std::optional<std::uint64_t> prefill_bound = std::nullopt;

  /// Bound by computed: 1 where the server computed no more than it must. Above 1 where it also kept what it
  /// generated.
  [[nodiscard]] std::optional<double> prefill_share() const;

  void add(const domain::TreeEvent& event);
  /// The same but for its verdicts.
  void add_cost(const domain::TreeEvent& event);
  void add(const Totals& other);
  void add_prefill(const Totals& other);
};

/// Sums over a unit as the manifest keeps them, and back: all but trees, rejected and rows.
[[nodiscard]] std::map<std::string, std::uint64_t> to_counts(const Totals& totals);
[[nodiscard]] Totals to_totals(const std::map<std::string, std::uint64_t>& counts);
/// All that the manifest knows of a unit.
[[nodiscard]] Totals totals_of(const storage::UnitEntry& unit);

/// Price of a million tokens, in any currency.
struct Prices {
  double prompt_per_mtok = 0;
  double cached_per_mtok = 0;
  double completion_per_mtok = 0;

  /// Nobody said what anything costs: a cost of 0 would be a lie.
  [[nodiscard]] bool none() const {
    return prompt_per_mtok == 0 && cached_per_mtok == 0 && completion_per_mtok == 0;
  }
};

/// None where the server did not count tokens.
[[nodiscard]] std::optional<double> cost(const domain::Usage& usage, const Prices& prices);

}  // namespace viltree::archive
