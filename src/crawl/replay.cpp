#include "replay.hpp"

#include <algorithm>
#include <utility>

namespace viltree::crawl {

core::Result<Replay> Replay::read(const storage::RunDirectory& run, const storage::Manifest& manifest,
                                  std::uint64_t unit_size) {
  Replay replay;
  const auto on_record = [&](std::string_view line, std::uint64_t segment) -> core::Status {
    auto record = codec::decode_record(line);
    if (!record) return core::fail(record.error(), "journal segment " + std::to_string(segment));
    const std::uint64_t unit = record->problem.value / unit_size;
    const storage::UnitEntry* entry = manifest.find(unit);
    if (entry != nullptr && entry->complete) return {};
    replay.first_segments_.try_emplace(unit, segment);
    Known& known = replay.by_problem_[record->problem.value];
    if (known.events.empty()) {
      known.id = std::move(record->problem_id);
      known.fingerprint = std::move(record->fingerprint);
    }
    replay.totals_.add(record->event);
    replay.problems_end_ = std::max(replay.problems_end_, record->problem.value + 1);
    known.events.push_back(std::move(record->event));
    return {};
  };
  auto summary = storage::read_journal(run.file_system(), run.journal(), manifest.journal_from, on_record);
  if (!summary) return core::fail(summary.error());
  replay.has_gaps_ = summary->lost_frames > 0;
  return replay;
}

core::Result<std::vector<domain::TreeEvent>> Replay::take(const domain::Problem& problem,
                                                          const std::string& fingerprint) {
  auto node = by_problem_.extract(problem.index.value);
  if (node.empty()) return std::vector<domain::TreeEvent>{};
  Known known = std::move(node.mapped());
  if (known.fingerprint != fingerprint) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "problem '" + problem.id +
                          "' is not what it was when its answers were journalled (then '" + known.id +
                          "'): the data set changed; put it back, or start another run directory");
  }
  return std::move(known.events);
}

}  // namespace viltree::crawl
