#include "progress_json.hpp"

#include <viltree/archive/status.hpp>
#include <viltree/core/display.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/json/value.hpp>
#include <viltree/storage/file_system.hpp>

#include <utility>

#include <nlohmann/json.hpp>

namespace viltree::archive {

namespace {

using Json = json::OrderedValue;

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

/// What the manifest knows of the progress.
Progress progress_of(const storage::Manifest& manifest) {
  const Committed committed = committed_of(manifest);
  Progress progress;
  progress.problems = manifest.total_problems;
  progress.units_committed = committed.complete;
  progress.rows_committed = committed.rows;
  for (const storage::UnitEntry& unit : manifest.units) progress.totals.add(totals_of(unit));
  const bool finished = progress.problems > 0 && progress.problems_done() >= progress.problems;
  progress.state = finished ? State::kFinished : State::kInterrupted;
  return progress;
}

/// Of status.json, where it says so.
std::string written_at(const std::string& text) {
  const auto document = json::parse(text);
  return document ? json::find_string(*document, "written_at").value_or("") : std::string();
}

}  // namespace

Progress current(const RunStatus& status) {
  Progress progress =
      status.progress ? *status.progress : progress_of(status.manifest.value_or(storage::Manifest{}));
  const bool at_work = progress.state == State::kRunning || progress.state == State::kStopping;
  if (status.lock.held && !at_work) progress.state = State::kRunning;
  if (!status.lock.held && at_work) progress.state = State::kInterrupted;
  return progress;
}

core::Result<RunStatus> read_status(const storage::RunDirectory& run) {
  RunStatus status;
  auto manifest = storage::load_manifest(run.file_system(), run.manifest());
  if (!manifest) return core::fail(std::move(manifest.error()));
  status.manifest = std::move(*manifest);
  if (const auto text = storage::read_file(run.file_system(), run.status(), kMostStatusBytes)) {
    if (auto progress = progress_from_json(*text)) {
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

std::string to_json(const RunStatus& status) {
  Json json = json_of(current(status), status.written_at);
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
  return core::escape_hidden(json.dump(2, ' ', false, Json::error_handler_t::replace)) + '\n';
}

}  // namespace viltree::archive
