#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/checker/checker.hpp>
#include <viltree/checker/ruling.hpp>
#include <viltree/core/background.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/dataset/source.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/storage/journal.hpp>
#include <viltree/storage/run_directory.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace viltree::crawl {

/// Limits of the whole run, over all its sessions; 0: none. At the end of one, finished trees are delivered,
/// and the answers of others stay in the journal: with a larger budget the crawl goes on.
///
/// Tokens and money are hard, the judge's included: a sample reserves all that it can cost, the policy's
/// most_completions(n) times max_tokens and its prompt (as far as prompts can be estimated), and is not sent
/// where that would go beyond. In neither is what a policy asks servers at its start, or to find out whether
/// they are back. A tree is opened only where the open ones and itself would fit if they cost as much as
/// finished ones do. Beyond the hours or the problems no tree is opened, and those that are open are
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
  archive::Prices prices;
};

struct Options {
  search::Options search;
  checker::CheckOptions check;  ///< how answers are found and compared
  labels::Options labels;       ///< their kernel is the run's, whatever is given here
  labels::RunFacts facts;
  JudgeOptions judge;
  RunBudget budget;
  archive::Prices prices;
  std::uint64_t unit_size = 256;  ///< problems
  int compression_level = 9;
  storage::Durability durability = storage::Durability::kNormal;
  bool keep_journal = true;
  std::uint64_t segment_bytes = storage::JournalOptions{}.segment_bytes;  ///< of the journal
  std::uint32_t open_trees = 0;  ///< most trees open at once; 0: as few as keep the policy busy
  /// Of open trees and of finished ones whose unit is not committed: beyond it no tree is opened, but for
  /// those of the first unit that is not whole, which all others wait for.
  std::uint64_t memory_bytes = 1024 * core::limits::kMiB;
  std::uint32_t workers = 0;  ///< threads for checking, growing, labelling, compressing; 0: one a core
  bool strict = false;        ///< a bad line of the data set ends the run
  std::chrono::seconds patience{600};  ///< how long an outage of policy or judge is waited for
  std::string version;                 ///< of the program, for the manifest
};

/// What people and monitors are told. Called from the crawl's thread.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;
  /// Several times a second.
  virtual void progress(const archive::Progress& progress) = 0;
  /// One line about something that a person should know.
  virtual void notice(const std::string& line) = 0;
};

/// What a crawl works with; all must outlive it.
struct Parts {
  const storage::RunDirectory& run;
  dataset::Source& source;
  policy::Policy& policy;
  const core::Clock& clock;
  Observer& observer;
  /// Set: stop admitting, wait for what is in flight (not in an outage), journal it, return.
  const std::atomic<bool>& stop;
  /// Where units are written and the journal is synced.
  core::Background& background = core::threads();
  /// Decides the answers of kind `judge`, whose problems are put aside where there is none.
  policy::Policy* judge = nullptr;
};

/// Starts or resumes the crawl of a run directory, on the calling thread, and returns where it stands at the
/// end (kFinished, kBudget or kInterrupted). The directory exists and this process holds its lock. Throws
/// core::FatalError: kStorage, kPolicy (unreachable for longer than the patience, or it refuses us), kUsage
/// (the data set changed, a bad line with `strict`). After any of these the same call goes on.
[[nodiscard]] archive::Progress crawl(const Options& options, const Parts& parts);

}  // namespace viltree::crawl
