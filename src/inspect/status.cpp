#include "summary.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/status.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace viltree::inspect {

namespace {

using archive::Progress;
using archive::State;
using domain::Verdict;

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "–";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%",
                100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text.data();
}

std::string decimal(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// "45 s", "12 min", "3 h 40 min", "2 d 5 h".
std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return "unknown";
  const auto whole = static_cast<std::uint64_t>(seconds);
  const std::uint64_t minutes = whole / 60;
  const std::uint64_t hours = minutes / 60;
  if (minutes == 0) return std::to_string(whole) + " s";
  if (hours == 0) return std::to_string(minutes) + " min";
  if (hours < 48) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
  return std::to_string(hours / 24) + " d " + std::to_string(hours % 24) + " h";
}

std::string state_text(const Progress& progress, const storage::LockState& lock) {
  switch (progress.state) {
    case State::kRunning:
    case State::kStopping: {
      const std::string by = lock.process > 0 ? " by process " + std::to_string(lock.process) : "";
      return std::string(name(progress.state)) + by;
    }
    case State::kFinished:
      return "finished";
    case State::kBudget:
      return "stopped: the budget is used up; with a larger one the same command goes on";
    case State::kInterrupted:
      return "interrupted: run the same command to go on";
    case State::kFailed:
      return "failed: once the cause is gone, run the same command to go on";
  }
  return {};
}

std::string problems_text(const Progress& progress) {
  std::string text = core::with_thousands(progress.problems_done()) + " of " +
                     core::with_thousands(progress.problems) + " done (" +
                     share(progress.problems_done(), progress.problems) + ")";
  if (progress.totals.rejected > 0)
    text += ", " + core::with_thousands(progress.totals.rejected) + " put aside";
  return text;
}

std::string verdicts_text(const domain::Evidence& verdicts) {
  std::string text;
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    if (verdicts.counts[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::string(name(static_cast<Verdict>(i))) + ' ' + core::with_thousands(verdicts.counts[i]) +
            " (" + share(verdicts.counts[i], verdicts.total()) + ")";
  }
  return text;
}

class StatusLines {
 public:
  /// Nothing where the text is empty.
  void add(std::string_view name, const std::string& text) {
    if (!text.empty()) lines_ += core::pad_right(name, kNameColumns) + text + '\n';
  }
  [[nodiscard]] const std::string& lines() const { return lines_; }

 private:
  static constexpr std::size_t kNameColumns = 13;
  std::string lines_;
};

std::string prefill_text(const archive::Totals& totals) {
  if (!totals.prefill_computed || !totals.prefill_bound) return {};
  return "computed " + core::with_thousands(*totals.prefill_computed) + " tokens, bound " +
         core::with_thousands(*totals.prefill_bound) + ", share " +
         share(*totals.prefill_bound, *totals.prefill_computed);
}

std::string endpoint_text(const archive::Endpoint& endpoint) {
  std::string text = core::one_line(endpoint.url, 0);
  if (!endpoint.model.empty()) text += ' ' + core::one_line(endpoint.model, 0);
  if (!endpoint.dialect.empty()) text += " (" + core::one_line(endpoint.dialect, 0) + ')';
  text += ": " + core::one_line(endpoint.condition, 0);
  if (!endpoint.reason.empty()) text += ": " + core::one_line(endpoint.reason, 0);
  text += "; " + core::with_thousands(endpoint.in_flight) + " of " + core::with_thousands(endpoint.limit) +
          " in flight, " + core::counted(endpoint.requests, "request");
  if (endpoint.retries > 0) text += ", " + core::with_thousands(endpoint.retries) + " again";
  if (endpoint.failures > 0) text += ", " + core::with_thousands(endpoint.failures) + " failed";
  return text;
}

void add_endpoints(StatusLines& lines, const Progress& progress) {
  std::string_view name = progress.endpoints.size() > 1 ? "servers" : "server";
  for (const archive::Endpoint& endpoint : progress.endpoints) {
    lines.add(name, endpoint_text(endpoint));
    name = "";
    for (const archive::Endpoint::Cost& cost : endpoint.costs)
      lines.add("", "  costs: " + core::one_line(cost.what, 0) + ": " + core::one_line(cost.text, 0));
  }
}

void add_session(StatusLines& lines, const Progress& progress) {
  lines.add("requests", core::with_thousands(progress.requests) + " in the last session, " +
                            core::with_thousands(progress.retries) + " of them again, " +
                            core::with_thousands(progress.failures) + " failed");
  lines.add("time", duration(progress.seconds) + " in the last session");
  const bool at_work = progress.state == State::kRunning || progress.state == State::kStopping;
  if (!at_work) return;
  lines.add("trees open", core::with_thousands(progress.trees_open) + ", " +
                              core::counted(progress.sequences_in_flight, "completion") + " in flight");
  lines.add("rates", decimal(progress.rollouts_per_second, "%.1f rollouts/s, ") +
                         decimal(progress.tokens_per_second, "%.0f tokens/s"));
  lines.add("time left", progress.seconds_left ? "about " + duration(*progress.seconds_left) : "");
}

}  // namespace

std::string render_status(const archive::RunStatus& status) {
  const Progress progress = archive::current(status);
  const archive::Totals& totals = progress.totals;
  StatusLines lines;
  lines.add("state", state_text(progress, status.lock));
  lines.add("", core::one_line(progress.message, 0));
  lines.add("model", core::one_line(progress.model, 0));
  lines.add("problems", problems_text(progress));
  lines.add("rollouts", core::with_thousands(totals.rollouts));
  lines.add("", verdicts_text(totals.verdicts));
  lines.add("tokens", tokens_text(totals.usage));
  lines.add("prefill", prefill_text(totals));
  lines.add("judge", archive::describe(progress.totals.judge));
  lines.add("refused", totals.refusals > 0 ? core::counted(totals.refusals, "request") + " for good" : "");
  add_endpoints(lines, progress);
  if (status.progress) add_session(lines, progress);
  lines.add("committed", core::counted(progress.units_committed, "whole unit") + ", " +
                             core::counted(progress.rows_committed, "row"));
  lines.add("", totals.left_out > 0 ? core::counted(totals.left_out, "label") + " left out by filters" : "");
  lines.add("cost", progress.cost ? decimal(*progress.cost, "%.2f") : "");
  lines.add("as of", status.progress ? core::one_line(status.written_at, 0)
                                     : "the last commit (status.json cannot be read)");
  return lines.lines();
}

}  // namespace viltree::inspect
