#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/label_row.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/search/kernel.hpp>
#include <viltree/search/tree.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Evidence to labels. A label is a view of the evidence, never its source. All functions are pure and
/// thread-safe.
namespace viltree::labels {

enum class Mode : std::uint8_t {
  kSoft,       ///< right / decided
  kHard,       ///< 1 where at least one rollout is right, else 0
  kThreshold,  ///< 1 where right / decided >= threshold, else 0
  // From the posterior of the whole tree (search/posterior.hpp), so that nodes count at which no rollout
  // began.
  kPosterior,         ///< its mean
  kAdvantage,         ///< the mean's difference from the parent's
  kAdvantageSign,     ///< of that: -1, 0 or 1
  kRelativeProgress,  ///< 1 where every step so far kept 0.8 of the value before it, else 0
  kFirstError,        ///< 1 before the step that probably breaks the solution, 0 at it, none behind it
};

/// The modes that look at a node's own rollouts alone.
[[nodiscard]] constexpr bool looks_at_own_evidence(Mode mode) {
  return mode <= Mode::kThreshold;
}

[[nodiscard]] std::string_view name(Mode mode);
/// kInvalidInput where there is no such mode (the message lists them).
[[nodiscard]] core::Result<Mode> mode_from(std::string_view name);

struct Options {
  Mode mode = Mode::kSoft;
  double threshold = 0.5;
  bool truncated_is_wrong = false;  ///< `labels.truncated: wrong`; else it does not enter the estimate
  double max_width = 1.0;           ///< rows whose 95% interval is wider are left out
  /// At most; 0: no cap. Modes on a node's own rollouts: spread evenly over the problem's rows. The others:
  /// the most certain ones of each first step in turn, so that they are of different solutions.
  std::uint32_t rows_per_problem = 0;
  search::Kernel kernel = search::built_in_kernel();  ///< that the posterior rests on
};

/// Rollouts that the estimate rests on: right and wrong, and truncated where that is wrong.
[[nodiscard]] std::uint32_t decided(const domain::Evidence& evidence, const Options& options);

/// The value of a mode that looks at this evidence alone; none where it says nothing (unknown is not zero).
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

/// A solution with labelled steps: a path from the root that no other labelled path goes on.
struct LabelledPath {
  std::vector<search::NodeId> nodes;          ///< from the first step on
  std::vector<std::optional<double>> values;  ///< none: not measured, or not labelled
};

/// What exports that want whole solutions are made of: for every labelled node without a labelled node below
/// it, the path to it. In the order of those nodes' ids; rows_per_problem is not looked at.
[[nodiscard]] std::vector<LabelledPath> labelled_paths(const search::Tree& tree, const Options& options);

}  // namespace viltree::labels
