#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/label_row.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/search/tree.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::labels {

enum class Mode : std::uint8_t {
  kSoft,       ///< right / decided
  kHard,       ///< 1 where at least one rollout is right, else 0
  kThreshold,  ///< 1 where right / decided >= threshold, else 0
};

[[nodiscard]] std::string_view name(Mode mode);
/// kInvalidInput where there is no such mode (the message lists them).
[[nodiscard]] core::Result<Mode> mode_from(std::string_view name);

struct Options {
  Mode mode = Mode::kSoft;
  double threshold = 0.5;
  bool truncated_is_wrong = false;     ///< `labels.truncated: wrong`; else it does not enter the estimate
  std::uint32_t rows_per_problem = 0;  ///< at most; 0: no cap. Spread evenly over the problem's rows
};

/// The value under the options; none where the evidence says nothing.
[[nodiscard]] std::optional<double> value(const domain::Evidence& evidence, const Options& options);

/// What every row of a run says of it.
struct RunFacts {
  std::uint64_t seed = 0;
  std::string continuation = "exact";
  std::string checker;
  std::string config_hash;
};

/// The rows of one finished tree: its labelled nodes with a value, in the order of node ids. `index` is left
/// 0 (the run numbers them). Pure.
[[nodiscard]] std::vector<domain::LabelRow> rows(const domain::Problem& problem, const search::Tree& tree,
                                                 const Options& options, const RunFacts& facts);

/// A solution with labelled steps: a path from the root that no other labelled path goes on.
struct LabelledPath {
  std::vector<search::NodeId> nodes;          ///< from the first step on
  std::vector<std::optional<double>> values;  ///< none: not measured, or not labelled
};

/// What exports that want whole solutions are made of: for every labelled node without a labelled node below
/// it, the path to it.
[[nodiscard]] std::vector<LabelledPath> labelled_paths(const search::Tree& tree, const Options& options);

}  // namespace viltree::labels
