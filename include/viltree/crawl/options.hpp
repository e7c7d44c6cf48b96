#pragma once

#include <viltree/archive/totals.hpp>
#include <viltree/checker/checker.hpp>
#include <viltree/checker/ruling.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/storage/journal_options.hpp>

#include <chrono>
#include <cstdint>
#include <string>

/// What a crawl can be told, with its defaults. Plain values.
namespace viltree::crawl {

/// Limits of the whole run, over all its sessions; 0: none. At the end of one, finished trees are delivered,
/// and the answers of others stay in the journal: with a larger budget the crawl goes on.
///
/// Tokens and money are hard, the judge's included: a sample reserves all that it can cost, the policy's
/// most_completions(n) times most_tokens(max_tokens) and its prompt (as far as prompts can be estimated), and
/// is not sent where that would go beyond. In neither is what a policy asks servers at its start, or to find
/// out whether they are back. A tree is opened only where the open ones and itself would fit if they cost as
/// much as finished ones do. Beyond the hours or the problems no tree is opened, and those that are open are
/// finished.
struct RunBudget {
  std::uint64_t tokens = 0;  ///< generated
  double usd = 0;
  double hours = 0;            ///< of one session
  std::uint64_t problems = 0;  ///< the first of the data set
};

/// How a judge is asked about answers of kind `judge`.
struct JudgeOptions {
  checker::Ask ask = checker::Ask::kUndecided;
  std::string prompt = std::string(checker::usual_judge_prompt());  ///< see judge_question()
  std::uint32_t max_tokens = 512;                                   ///< of a reply
  archive::Prices prices = {};
  /// Ask it at the start about two answers of which it is clear whether they are right.
  bool trial = false;
};

struct Options {
  search::Options search = {};
  checker::CheckOptions check = {};  ///< how answers are found and compared
  labels::Options labels = {};       ///< their kernel is the run's, whatever is given here
  labels::RunFacts facts = {};
  JudgeOptions judge = {};
  RunBudget budget = {};
  archive::Prices prices = {};
  std::uint64_t unit_size = 256;  ///< problems
  int compression_level = storage::kKeptLevel;
  storage::Durability durability = storage::Durability::kNormal;
  bool keep_journal = true;
  std::uint64_t segment_bytes = storage::JournalOptions{}.segment_bytes;  ///< of the journal
  std::uint32_t open_trees = 0;  ///< most trees open at once; 0: as few as keep the policy busy
  /// Of open trees and of finished ones whose unit is not committed: beyond it no tree is opened, but for
  /// those of the first unit that is not whole, which all others wait for.
  std::uint64_t memory_bytes = 1024 * core::limits::kMiB;
  std::uint32_t workers = 0;  ///< threads for checking, growing, labelling, compressing; 0: one a core
  bool strict = false;        ///< a bad line of the data set ends the run
  std::chrono::milliseconds patience{600'000};  ///< how long an outage of policy or judge is waited for
  std::string version = {};                     ///< of the program, for the manifest
};

}  // namespace viltree::crawl
