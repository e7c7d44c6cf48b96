#pragma once

#include <viltree/domain/completion.hpp>
#include <viltree/domain/ruling.hpp>

#include <map>
#include <string>
#include <vector>

namespace viltree::crawl {

/// What the judge said of a problem's final answers, by answer.
using Rulings = std::map<std::string, domain::Ruling, std::less<>>;

/// What a journal knows of one problem.
struct JournalledAnswers {
  std::vector<domain::TreeEvent> events;  ///< in the order in which they came
  Rulings rulings;
};

/// Gives each rollout the verdict that the judge gave its answer. False, and nothing is changed, where one
/// waits for a ruling that is not there.
[[nodiscard]] bool settle(domain::TreeEvent& event, const Rulings& rulings);

}  // namespace viltree::crawl
