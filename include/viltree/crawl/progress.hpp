#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/ruling.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::crawl {

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
  /// Prompt tokens that the server computed, and the least that a prefix cache allows (prefill_bound), both
  /// of the finished trees whose answers say what was cached.
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

/// Price of a million tokens, in any currency.
struct Prices {
  double prompt_per_mtok = 0;
  double cached_per_mtok = 0;
  double completion_per_mtok = 0;
};

/// None where the server did not count tokens.
[[nodiscard]] std::optional<double> cost(const domain::Usage& usage, const Prices& prices);

enum class State { kRunning, kStopping, kFinished, kBudget, kInterrupted, kFailed };
[[nodiscard]] std::string_view name(State state);

/// A server of the policy, for display.
struct Endpoint {
  struct Cost {
    std::string what;
    std::string text;
  };
  std::string url;
  std::string model;
  std::string dialect;
  std::string condition;  ///< ready, paused, lost, refused
  std::string reason;
  std::uint64_t in_flight = 0;  ///< sequences
  std::uint64_t limit = 0;      ///< of sequences in flight, as it is now
  std::uint64_t requests = 0;   ///< as in Progress, of this endpoint
  std::uint64_t retries = 0;
  std::uint64_t failures = 0;
  std::vector<Cost> costs;  ///< what was found at the start that costs tokens, time or knowledge
};

/// Where a crawl stands: for people and monitors, in status.json and on the terminal.
struct Progress {
  State state = State::kRunning;
  std::string message;  ///< why it waits or stopped; empty where all is well
  std::string model;
  std::uint64_t problems = 0;  ///< lines of the data set in all
  std::uint64_t trees_open = 0;
  std::uint64_t sequences_in_flight = 0;
  std::uint64_t units_committed = 0;
  std::uint64_t rows_committed = 0;
  Totals totals;
  // Of this session.
  std::uint64_t requests = 0;  ///< sent, retries included
  std::uint64_t retries = 0;
  std::uint64_t failures = 0;  ///< errors, time-outs and garbage in place of an answer
  double seconds = 0;
  double rollouts_per_second = 0;  ///< over the last seconds
  double tokens_per_second = 0;    ///< generated, over the last seconds
  std::optional<double> seconds_left;
  std::optional<double> cost;       ///< the judge's included
  std::vector<Endpoint> endpoints;  ///< the judge's behind the policy's

  [[nodiscard]] std::uint64_t problems_done() const { return totals.trees + totals.rejected; }
};

/// One JSON object, several lines.
[[nodiscard]] std::string to_json(const Progress& progress, const std::string& written_at);
/// kCorruption where it is no such object.
[[nodiscard]] core::Result<Progress> progress_from_json(std::string_view text);

/// Prometheus text format.
[[nodiscard]] std::string to_metrics(const Progress& progress);

}  // namespace viltree::crawl
