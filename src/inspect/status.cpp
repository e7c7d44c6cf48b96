#include "summary.hpp"
#include "text.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/status.hpp>

#include <array>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace viltree::inspect {

namespace {

using archive::Progress;
using archive::State;
using domain::Verdict;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostStatusBytes = core::limits::kMiB;

/// The units of a manifest, added up.
struct Committed {
  std::uint64_t units = 0;
  std::uint64_t complete = 0;
  std::uint64_t trees = 0;
  std::uint64_t rejected = 0;
  std::uint64_t rows = 0;
};

Committed committed_of(const storage::Manifest& manifest) {
  Committed sum;
  for (const storage::UnitEntry& unit : manifest.units) {
    ++sum.units;
    sum.complete += unit.complete ? 1 : 0;
    sum.trees += unit.trees;
    sum.rejected += unit.rejected;
    sum.rows += unit.rows;
  }
  return sum;
}

void add_counts(archive::Totals& totals, const storage::UnitEntry& unit) {
  archive::Totals of_unit = archive::to_totals(unit.counts);
  of_unit.trees = unit.trees;
  of_unit.rejected = unit.rejected;
  of_unit.rows = unit.rows;
  totals.add(of_unit);
}

/// What the manifest knows of the progress.
Progress progress_of(const storage::Manifest& manifest) {
  const Committed committed = committed_of(manifest);
  Progress progress;
  progress.problems = manifest.total_problems;
  progress.units_committed = committed.complete;
  progress.rows_committed = committed.rows;
  for (const storage::UnitEntry& unit : manifest.units) add_counts(progress.totals, unit);
  const bool finished = progress.problems > 0 && progress.problems_done() >= progress.problems;
  progress.state = finished ? State::kFinished : State::kInterrupted;
  return progress;
}

/// As the run stands, whatever the last session wrote: a status of "running" outlives a killed process.
Progress current(const RunStatus& status) {
  Progress progress =
      status.progress ? *status.progress : progress_of(status.manifest.value_or(storage::Manifest{}));
  const bool at_work = progress.state == State::kRunning || progress.state == State::kStopping;
  if (status.lock.held && !at_work) progress.state = State::kRunning;
  if (!status.lock.held && at_work) progress.state = State::kInterrupted;
  return progress;
}

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
    if (!text.empty()) lines_ += pad_right(name, kNameColumns) + text + '\n';
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
  std::string text = one_line(endpoint.url, 0);
  if (!endpoint.model.empty()) text += ' ' + one_line(endpoint.model, 0);
  if (!endpoint.dialect.empty()) text += " (" + one_line(endpoint.dialect, 0) + ')';
  text += ": " + one_line(endpoint.condition, 0);
  if (!endpoint.reason.empty()) text += ": " + one_line(endpoint.reason, 0);
  text += "; " + core::with_thousands(endpoint.in_flight) + " of " + core::with_thousands(endpoint.limit) +
          " in flight, " + counted(endpoint.requests, "request");
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
      lines.add("", "  costs: " + one_line(cost.what, 0) + ": " + one_line(cost.text, 0));
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
                              counted(progress.sequences_in_flight, "completion") + " in flight");
  lines.add("rates", decimal(progress.rollouts_per_second, "%.1f rollouts/s, ") +
                         decimal(progress.tokens_per_second, "%.0f tokens/s"));
  lines.add("time left", progress.seconds_left ? "about " + duration(*progress.seconds_left) : "");
}

/// Of status.json, where it says so.
std::string written_at(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const auto found = json.find("written_at");
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

core::Result<RunStatus> read_status(const storage::RunDirectory& run) {
  RunStatus status;
  auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(std::move(manifest.error()));
  status.manifest = std::move(*manifest);
  if (const auto text = storage::read_file(run.file_system(), run.status(), kMostStatusBytes)) {
    if (auto progress = archive::progress_from_json(*text)) {
      status.progress = std::move(*progress);
      status.written_at = written_at(*text);
    }
  }
  if (!status.manifest && !status.progress) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "'" + run.root().string() +
                          "' is not a run directory: it has neither a manifest.json "
                          "nor a status.json");
  }
  auto lock = run.lock_state();
  if (!lock) return core::fail(std::move(lock.error()));
  status.lock = *lock;
  return status;
}

std::string render_status(const RunStatus& status) {
  const Progress progress = current(status);
  const archive::Totals& totals = progress.totals;
  StatusLines lines;
  lines.add("state", state_text(progress, status.lock));
  lines.add("", one_line(progress.message, 0));
  lines.add("model", one_line(progress.model, 0));
  lines.add("problems", problems_text(progress));
  lines.add("rollouts", core::with_thousands(totals.rollouts));
  lines.add("", verdicts_text(totals.verdicts));
  lines.add("tokens", tokens_text(totals.usage));
  lines.add("prefill", prefill_text(totals));
  lines.add("judge", archive::describe(progress.totals.judge));
  lines.add("refused", totals.refusals > 0 ? counted(totals.refusals, "request") + " for good" : "");
  add_endpoints(lines, progress);
  if (status.progress) add_session(lines, progress);
  lines.add("committed",
            counted(progress.units_committed, "whole unit") + ", " + counted(progress.rows_committed, "row"));
  lines.add("", totals.left_out > 0 ? counted(totals.left_out, "label") + " left out by filters" : "");
  lines.add("cost", progress.cost ? decimal(*progress.cost, "%.2f") : "");
  lines.add("as of", status.progress ? one_line(status.written_at, 0)
                                     : "the last commit (status.json cannot be read)");
  return lines.lines();
}

std::string status_json(const RunStatus& status) {
  Json json = Json::parse(archive::to_json(current(status), status.written_at));
  json["source"] = status.progress ? "status.json" : "manifest";
  json["live"] = {{"running", status.lock.held},
                  {"process", status.lock.process > 0 ? Json(status.lock.process) : Json(nullptr)}};
  json["manifest"] = nullptr;
  if (status.manifest) {
    const Committed committed = committed_of(*status.manifest);
    json["manifest"] = {{"program", status.manifest->program},
                        {"config_hash", status.manifest->config_hash},
                        {"total_problems", status.manifest->total_problems},
                        {"units", committed.units},
                        {"units_complete", committed.complete},
                        {"trees", committed.trees},
                        {"rejected", committed.rejected},
                        {"rows", committed.rows}};
  }
  return escape_hidden(json.dump(2, ' ', false, Json::error_handler_t::replace)) + '\n';
}

}  // namespace viltree::inspect
