#pragma once

#include "clients.hpp"
#include "report.hpp"

#include <viltree/core/clock.hpp>
#include <viltree/core/result.hpp>
#include <viltree/crawl/options.hpp>

#include <atomic>

namespace viltree::crawl {

/// What a trial of the judge works with; all must outlive it.
struct TrialParts {
  JudgeClient& judge;  ///< started
  Teller& teller;
  const core::Clock& clock;
  const std::atomic<bool>& stop;
};

/// Asks the judge, as it will be asked in the crawl, about two answers of which it is clear whether they are
/// right: one that is the reference word by word, and one that is not. What it generates for that is in no
/// budget. An outage is waited for as later. kInvalidInput, with its words and what to do, where it says
/// neither right nor wrong, or the wrong one, or refuses; kTransient where it is out for longer than the
/// patience; kCancelled where `stop` is set meanwhile.
[[nodiscard]] core::Status try_judge(const TrialParts& parts);

}  // namespace viltree::crawl
