#include <viltree/plan/plan.hpp>

#include <algorithm>
#include <utility>

namespace viltree::plan {

core::Result<ProblemSample> sample_problems(dataset::Source& source, std::uint64_t most) {
  const std::uint64_t lines = source.count();
  const std::uint64_t wanted = std::min(lines, std::max<std::uint64_t>(most, 1));
  ProblemSample sample;
  std::string reason = "it is empty";
  for (std::uint64_t i = 0; i < wanted; ++i) {
    // As i * lines / wanted, without overflow.
    const std::uint64_t index = lines / wanted * i + lines % wanted * i / wanted;
    if (auto skipped = source.skip_to({index}); !skipped) return core::fail(skipped.error());
    auto item = source.next();
    if (!item) return core::fail(item.error());
    if (!*item) break;
    if (auto* problem = std::get_if<domain::Problem>(&(*item)->content)) {
      sample.problems.push_back(std::move(*problem));
    } else {
      reason = "line " + std::to_string((*item)->line) + ": " +
               std::get<dataset::Rejection>((*item)->content).reason;
    }
  }
  if (sample.problems.empty())
    return core::fail(core::ErrorKind::kInvalidInput, "no problem in the data set: " + reason);
  sample.rejected_share = 1 - static_cast<double>(sample.problems.size()) / static_cast<double>(wanted);
  return sample;
}

}  // namespace viltree::plan
