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
    replay.keep(*std::move(record));
    return {};
  };
  auto summary = storage::read_journal(run.file_system(), run.journal(), manifest.journal_from, on_record);
  if (!summary) return core::fail(summary.error());
  replay.has_gaps_ = summary->lost_frames > 0;
  replay.count_verdicts();
  return replay;
}

void Replay::keep(codec::JournalRecord record) {
  const auto [at, is_new] = by_problem_.try_emplace(record.problem.value);
  Known& known = at->second;
  if (is_new) {
    known.id = std::move(record.problem_id);
    known.fingerprint = std::move(record.fingerprint);
  }
  problems_end_ = std::max(problems_end_, record.problem.value + 1);
  if (auto* const ruling = std::get_if<domain::Ruling>(&record.content)) {
    totals_.judge.add(*ruling);
    std::string answer = ruling->answer;
    known.answers.rulings.try_emplace(std::move(answer), std::move(*ruling));
    return;
  }
  auto& event = std::get<domain::TreeEvent>(record.content);
  totals_.add_cost(event);
  known.answers.events.push_back(std::move(event));
}

/// A ruling may have come long after the answer that waited for it.
void Replay::count_verdicts() {
  for (auto& [problem, known] : by_problem_) {
    for (domain::TreeEvent& event : known.answers.events) {
      if (!settle(event, known.answers.rulings)) continue;
      for (const domain::Rollout& rollout : event.rollouts) totals_.verdicts.add(rollout.verdict);
    }
  }
}

core::Result<JournalledAnswers> Replay::take(const domain::Problem& problem, const std::string& fingerprint) {
  auto node = by_problem_.extract(problem.index.value);
  if (node.empty()) return JournalledAnswers{};
  Known known = std::move(node.mapped());
  if (known.fingerprint != fingerprint) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "problem '" + problem.id +
                          "' is not what it was when its answers were journalled (then '" + known.id +
                          "'): the data set changed; put it back, or start another run directory");
  }
  return std::move(known.answers);
}

}  // namespace viltree::crawl
