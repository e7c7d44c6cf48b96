#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/label_row.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/search/kernel.hpp>
#include <viltree/search/tree.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Evidence to labels. A label is a view of the evidence, never its source. All functions are pure and
/// thread-safe.
namespace viltree::labels {

/// What a label is: a row of the table of modes (labels/modes.hpp).
struct ModeInfo;
// Those that the program itself chooses.
[[nodiscard]] const ModeInfo& soft();
[[nodiscard]] const ModeInfo& hard();
[[nodiscard]] const ModeInfo& threshold();
[[nodiscard]] const ModeInfo& posterior();

/// What a judge said of a solution of the tree.
struct JudgedSolution {
  search::NodeId end;
  std::optional<std::uint32_t> first_wrong;  ///< place of the first wrong step, from 0; none: all are right
};

/// Which siblings make a pair: see sibling_pairs.
struct PairOptions {
  double margin = 0.1;  ///< above 0
  double certainty = 0.95;
  std::uint32_t per_prefix = 4;
};

struct Options {
  const ModeInfo* mode = &soft();  ///< never null
  double threshold = 0.5;
  bool truncated_is_wrong = false;  ///< `labels.truncated: wrong`; else it does not enter the estimate
  // Filters, in the order in which they are asked. What they leave out is counted: see Filter.
  bool drop_settled = false;     ///< problems whose value is surely near 0 or 1: see is_settled
  double max_width = 1.0;        ///< steps whose 95% interval is wider are left out
  std::uint32_t min_chars = 0;   ///< steps with fewer bytes that are no blanks are left out
  std::uint32_t max_chars = 0;   ///< those with more; 0: no limit
  bool drop_duplicates = false;  ///< of near-duplicates among siblings, all but the one seen most often
  /// Rows of a problem's commoner side (is_good) per row of the other, at most; 0: any.
  std::uint32_t balance = 0;
  /// At most; 0: no cap. Modes on a node's own rollouts: spread evenly over the problem's rows. The others:
  /// the most certain ones of each first step in turn, so that they are of different solutions.
  std::uint32_t rows_per_problem = 0;
  search::Kernel kernel = search::built_in_kernel();  ///< that the posterior rests on
  PairOptions pairs = {};
  std::span<const JudgedSolution> judged = {};  ///< of this tree; for modes that need judgements
};

/// Why something that has a value under the mode is not among the rows. The first ones are of steps, kBalance
/// and kCap of rows: steps, solutions or pairs, as the format has it.
enum class Filter : std::uint8_t {
  kUnjudged,
  kDisagreed,
  kSettled,
  kWidth,
  kLength,
  kDuplicate,
  kBalance,
  kCap
};
inline constexpr std::size_t kFilters = 8;

/// A word for machines.
[[nodiscard]] std::string_view name(Filter filter);
/// What it left out, for people: "steps of questions that are settled".
[[nodiscard]] std::string_view describe(Filter filter);

/// How much the filters left out.
struct LeftOut {
  std::array<std::uint64_t, kFilters> counts{};

  [[nodiscard]] std::uint64_t of(Filter filter) const { return counts[static_cast<std::size_t>(filter)]; }
  void add(Filter filter, std::uint64_t times = 1) { counts[static_cast<std::size_t>(filter)] += times; }
  void add(const LeftOut& other);
  [[nodiscard]] std::uint64_t total() const;
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

/// Whether a value lies on the good side of the mode's line.
[[nodiscard]] bool is_good(double value, const Options& options);

/// Rollouts that the estimate rests on: right and wrong, and truncated where that is wrong.
[[nodiscard]] std::uint32_t decided(const domain::Evidence& evidence, const Options& options);

/// The value under a mode that looks at a node's own evidence alone, this; none where it says nothing
/// (unknown is not zero).
[[nodiscard]] std::optional<double> value(const domain::Evidence& evidence, const Options& options);

/// The same as a soft label, whatever the mode.
[[nodiscard]] std::optional<double> soft_value(const domain::Evidence& evidence, const Options& options);

/// What every row of a run says of it.
struct RunFacts {
  std::uint64_t seed = 0;
  std::string continuation = "exact";
  std::string checker;
  std::string config_hash;
};

/// The rows of one finished tree: its labelled nodes with a value, in the order of node ids, the root left
/// out. `index` is left 0 (the run numbers them). image_path and images are the paths of `problem`, which
/// must be those below the run's directory. `mc` is the soft value whatever the mode; the posterior's columns
/// are those of the policy with the most rollouts, and `advantage` is the difference of posterior means from
/// the parent to the node, `key_weight` its size as a share of all changes along a solution; policy and
/// tokens are those of the rollouts counted in the node's evidence, the final answer that of the first
/// rollout that ended there.
[[nodiscard]] std::vector<domain::LabelRow> rows(const domain::Problem& problem, const search::Tree& tree,
                                                 const Options& options, const RunFacts& facts);

/// At most `most` places (0: all) out of `count`, ascending, spread evenly from the first to the last. The
/// same on every machine.
[[nodiscard]] std::vector<std::size_t> evenly_spread(std::size_t count, std::size_t most);

}  // namespace viltree::labels
