#pragma once

#include <viltree/archive/totals.hpp>
#include <viltree/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::archive {

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
  std::uint64_t failures = 0;  ///< errors, time-outs and garbage in place of a reply
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

}  // namespace viltree::archive
