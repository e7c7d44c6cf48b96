#pragma once

#include "clients.hpp"
#include "event_log.hpp"
#include "meter.hpp"
#include "open_trees.hpp"
#include "policy_watch.hpp"
#include "spending.hpp"
#include "units.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/crawl/crawl.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace viltree::crawl {

/// What people are told: lines and events.
class Teller {
 public:
  explicit Teller(const Parts& parts);

  void notice(const std::string& line) { observer_.notice(line); }
  /// In events.jsonl, for people alone: the journal's own errors are what ends a run.
  void note(std::string_view event, const EventLog::Fields& fields) { (void)log_.write(event, fields); }
  void tell(const std::vector<PolicyNews>& all);

 private:
  Observer& observer_;
  EventLog log_;
};

/// What the crawl stands on: the run's parts as far as its progress shows them.
struct Standing {
  Clients& clients;
  const OpenTrees& trees;
  const Units& units;
  const Spending& spending;
};

/// Where the crawl stands, told several times a second, and written to status.json and metrics.prom now and
/// then. For one thread.
class Report {
 public:
  Report(const Parts& parts, const Standing& standing);

  [[nodiscard]] archive::Progress progress(archive::State state) const;
  /// Whether it is time to tell again.
  [[nodiscard]] bool due(core::Clock::Duration now) const;
  /// Status and metrics are written at once, or now and then.
  void tell(archive::State state, core::Clock::Duration now, bool at_once);
  /// The last word of a session that failed. The disk may be what failed: then nothing more can be told.
  void tell_failure(const std::string& message);
  [[nodiscard]] core::Clock::Duration elapsed() const { return meter_.elapsed(parts_.clock.now()); }

 private:
  const Parts& parts_;
  Standing of_;
  Meter meter_;
  core::Clock::Duration last_report_{};
  core::Clock::Duration last_status_{};
};

}  // namespace viltree::crawl
