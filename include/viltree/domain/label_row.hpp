#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace viltree::domain {

/// One row of a native shard: one labelled node. The first five fields mean what they mean in ViLReward-73K.
/// What is not known is none, and null in the file.
struct LabelRow {
  std::uint64_t index = 0;  ///< of the row in the whole run
  std::string image_path;   ///< the first image, below the run's directory; empty without an image
  std::string question;
  std::string process;  ///< the solution from its start through this step
  std::optional<double> value;

  std::string id;  ///< "<problem id>/<node id>"
  std::string problem_id;
  std::uint32_t node_id = 0;
  std::uint32_t parent_id = 0;
  std::uint32_t depth = 0;  ///< steps in the process
  std::string step;         ///< the last step alone
  std::vector<std::string> images;
  std::string answer;  ///< the reference answer
  std::string source;
  std::string split;

  Evidence evidence;  ///< n_right, n_wrong, n_truncated, n_unparsed, n_total
  std::optional<double> mc;
  std::optional<double> posterior_mean;
  std::optional<double> posterior_lo;
  std::optional<double> posterior_hi;
  std::optional<double> first_error_prob;
  std::optional<double> advantage;  ///< value minus the parent's
  std::optional<double> key_weight;

  bool is_terminal = false;
  std::optional<std::string> final_answer;  ///< of a finished solution
  std::optional<Verdict> final_verdict;     ///< of a finished solution
  std::string policy;                       ///< the models that wrote the rollouts, joined by "+"
  std::string continuation;                 ///< exact | reprompt, "-thinking-dropped" behind it where so
  std::string checker;
  std::uint64_t seed = 0;               ///< of the run
  std::optional<std::uint64_t> tokens;  ///< generated for this node's evidence
  std::string config_hash;
};

}  // namespace viltree::domain
