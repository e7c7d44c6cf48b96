#pragma once

#include "task.hpp"

#include <viltree/core/result.hpp>

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace viltree::http {

/// What becomes of prefixes that a server refuses for good. A server may refuse one; one that refuses all and
/// answers nothing is not what the crawl was set up for, and what it says is no evidence.
class Refusals {
 public:
  enum class Belief {
    kBelieved,  ///< something was answered since the last
    kHeld,      ///< another was refused since the last reply: for a reply to come first
    kDoubted,   ///< so many different problems that nothing it says is believed
  };
  static constexpr std::size_t kProblems = 8;

  struct Held {
    TaskPtr task;
    core::Error error;
  };

  [[nodiscard]] Belief add(std::uint64_t problem) {
    problems_.insert(problem);
    if (problems_.size() >= kProblems) return Belief::kDoubted;
    return std::exchange(has_answered_, false) ? Belief::kBelieved : Belief::kHeld;
  }
  void answered() {
    has_answered_ = true;
    problems_.clear();
  }

  void hold(TaskPtr task, core::Error error) { held_.push_back({std::move(task), std::move(error)}); }
  [[nodiscard]] std::vector<Held> take_held() { return std::exchange(held_, {}); }

 private:
  std::set<std::uint64_t> problems_;  ///< since the last reply
  bool has_answered_ = false;         ///< since the last refusal that was believed
  std::vector<Held> held_;
};

}  // namespace viltree::http
