#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/core/background.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/crawl/options.hpp>
#include <viltree/dataset/source.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/storage/run_directory.hpp>

#include <atomic>
#include <string>

namespace viltree::crawl {

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
