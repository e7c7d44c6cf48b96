#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/verdict.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/stats/sums.hpp>
#include <viltree/storage/run_directory.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a run's data look like, and what in them a person should look at before training. From the run
/// directory alone; only what the manifest lists is read, so that a running crawl is no trouble. What is not
/// known is none, and null in JSON.
namespace viltree::stats {

struct Options {
  labels::Options labels;
  int threads = 0;  ///< 0: one per core. The results do not depend on it
};

/// The data set and how much of it the trees are.
struct Coverage {
  std::uint64_t problems = 0;  ///< lines of the data set
  std::uint64_t trees = 0;     ///< finished and committed: all else here is of these
  std::uint64_t rejected = 0;  ///< put aside as bad
  std::uint64_t stopped_by_budget = 0;
  std::uint64_t trees_with_rows = 0;

  /// Without a committed tree: still growing, not begun, or in a unit that is not committed.
  [[nodiscard]] std::uint64_t unfinished() const;
};

/// By what a tree's rollouts came to: right and wrong ones, others are not looked at.
struct TreeOutcomes {
  std::uint64_t mixed = 0;
  std::uint64_t all_right = 0;
  std::uint64_t all_wrong = 0;
  std::uint64_t undecided = 0;  ///< neither right nor wrong ones
};

struct RootValues {
  Histogram means{0, 1};  ///< the posterior mean of each tree with rollouts
  TreeOutcomes outcomes;
};

/// The labels of some rows.
struct LabelSums {
  Mean value;
  std::uint64_t zeros = 0;
  std::uint64_t ones = 0;

  void add(double label);
  void add(const LabelSums& other);
  [[nodiscard]] std::optional<double> share_of_zeros() const { return share(zeros, value.count); }
  [[nodiscard]] std::optional<double> share_of_ones() const { return share(ones, value.count); }
};

struct Labels {
  LabelSums all;
  Histogram values{0, 1};                      ///< over the range of the mode
  std::map<std::uint32_t, LabelSums> by_depth; /**< the step's place in its solution, from 1 */
};

/// Widths of the rows' 95% intervals of the posterior.
struct Widths {
  Histogram widths{0, 1};
  std::uint64_t within_tenth = 0;  ///< at most 0.1 wide
  std::uint64_t within_fifth = 0;
  std::uint64_t within_half = 0;
  std::uint64_t known = 0;                        ///< 0 wide: a finished solution's value is known
  std::array<std::uint64_t, 1001> thousandths{};  ///< by width, rounded

  void add(double width);
  void add(const Widths& other);
  /// Exact to 0.0005; of an even number, the lower one of the two in the middle.
  [[nodiscard]] std::optional<double> median() const { return median_beyond(0); }
  /// The same of the values that are not known.
  [[nodiscard]] std::optional<double> median_of_unknown() const { return median_beyond(known); }

 private:
  [[nodiscard]] std::optional<double> median_beyond(std::uint64_t narrowest) const;
};

/// Evidence that contradicts itself.
struct Contradictions {
  /// Nodes, other than finished solutions, from which the tree's leading policy drew a rollout that was
  /// decided.
  std::uint64_t measured_nodes = 0;
  /// Of these, the ones whose own rollouts' 95% Wilson interval does not hold the posterior mean of the whole
  /// tree. By chance about 5% do at most: the mean rests on these rollouts, too.
  std::uint64_t excluded_nodes = 0;
  std::uint64_t answers = 0;  ///< final answers, each counted once per problem, by their exact text
  /// Of these, the ones that got more than one verdict: the checker contradicts itself.
  std::uint64_t contradictory_answers = 0;
  std::uint64_t problems_of_those = 0;
};

/// Pearson's, each with its number of pairs.
struct Correlations {
  Correlation label_and_step_bytes;  ///< over rows
  Correlation label_and_depth;       ///< over rows
  /// Over whole solutions: rollouts from the question that ended by themselves, right (1) or wrong (0).
  Correlation solution_bytes_and_right;
};

/// A step that many rows share.
struct FrequentStep {
  std::string text;         ///< normalised, its beginning
  std::uint64_t count = 0;  ///< at most so many rows
  std::uint64_t error = 0;  ///< at least count - error rows; 0: exact
};

/// Steps are the same where they are after normalisation: ASCII letters in lower case, each run of digits one
/// 0, each run of blanks one blank, none at the ends.
struct Duplicates {
  std::uint64_t rows = 0;
  std::uint64_t within_problem = 0;  ///< rows whose step is that of another row of the same problem
  /// Rows whose step is nearly that of another row of the same problem, or the same: simhashes of 64 bits
  /// over words and pairs of words that differ in at most 3.
  std::uint64_t near_within_problem = 0;
  double within_run = 0;               ///< rows whose step is that of another row of the run
  double distinct = 0;                 ///< different steps in the run
  bool estimated = false;              ///< the two above are estimates, from a sample of the different steps
  std::uint64_t sampled = 0;           ///< different steps in the sample
  std::vector<FrequentStep> frequent;  ///< at most kFrequentSteps with two or more rows, most frequent first
};
inline constexpr std::size_t kFrequentSteps = 10;

struct Cost {
  std::uint64_t requests = 0;
  std::uint64_t rollouts = 0;
  std::uint64_t uncounted = 0;  ///< rollouts whose generated tokens nobody counted
  domain::Usage usage;
  std::optional<double> money;  ///< left none by read_statistics: prices are not the trees' to say
};

/// By Verdict. A completion that was refused for good is failed, and no rollout.
using Verdicts = std::array<std::uint64_t, domain::kVerdictKinds>;

/// A run in numbers. A plain value.
struct Statistics {
  const labels::ModeInfo* mode = &labels::soft();
  Coverage coverage;
  Verdicts verdicts{};
  RootValues roots;
  Labels labels;
  labels::LeftOut left_out;  ///< by the filters of labels
  Widths widths;
  Contradictions contradictions;
  Correlations correlations;
  Duplicates duplicates;
  Cost cost;

  [[nodiscard]] std::uint64_t rows() const { return labels.all.value.count; }
  [[nodiscard]] std::optional<double> share_of(domain::Verdict verdict) const;
};

/// Reads all committed trees once. Parallel inside; memory follows a few frames and tables of a fixed size,
/// never the run. kInvalidInput where there is no run; kCorruption where stored bytes are damaged, or not
/// what the manifest says; the disk's own errors.
[[nodiscard]] core::Result<Statistics> read_statistics(const storage::RunDirectory& run,
                                                       const Options& options);

/// Something that a person should look at before training.
struct Suspicion {
  std::string name;     ///< stable
  double figure = 0;    ///< what was found
  double limit = 0;     ///< beyond which it is suspicious
  std::string message;  ///< a sentence with the figure
};

/// In the order of the table in suspicions.cpp. Pure.
[[nodiscard]] std::vector<Suspicion> suspicions(const Statistics& statistics);

/// Aligned lines for people. Pure; model text comes out harmless.
[[nodiscard]] std::string render_text(const Statistics& statistics);
/// One JSON object with a newline; its keys are always the same. Pure.
[[nodiscard]] std::string to_json(const Statistics& statistics);

}  // namespace viltree::stats
