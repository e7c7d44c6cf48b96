#include "answer_counts.hpp"

#include <viltree/codec/codec.hpp>

namespace viltree::repair {

core::Result<AnswerCounts> AnswerCounts::read(const storage::RunDirectory& run,
                                              storage::JournalSurvey& survey) {
  AnswerCounts known;
  const auto count = [&](std::string_view line, std::uint64_t) -> core::Status {
    const auto record = codec::decode_record(line);
    if (record) {
      ++known.by_problem_[record->problem.value];
    } else {
      ++known.unreadable_;
    }
    return {};
  };
  auto surveyed = storage::survey_journal(run.file_system(), run.journal(), count);
  if (!surveyed) return core::fail(surveyed.error());
  survey = *std::move(surveyed);
  return known;
}

std::uint64_t AnswerCounts::of(const storage::UnitEntry& unit) const {
  std::uint64_t sum = 0;
  const auto end = by_problem_.lower_bound(unit.first_problem + unit.problems);
  for (auto at = by_problem_.lower_bound(unit.first_problem); at != end; ++at) sum += at->second;
  return sum;
}

}  // namespace viltree::repair
