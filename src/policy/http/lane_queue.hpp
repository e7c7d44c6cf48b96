#pragma once

#include "task.hpp"

#include <cstdint>
#include <deque>
#include <functional>

namespace viltree::http {

/// What waits for a lane, the oldest first.
class LaneQueue {
 public:
  using Test = std::function<bool(const Call&)>;

  [[nodiscard]] bool empty() const { return tasks_.empty(); }
  /// Of all that waits.
  [[nodiscard]] std::uint64_t sequences() const { return sequences_; }
  /// There must be one.
  [[nodiscard]] const Call& oldest() const { return *tasks_.front()->call; }

  void push(TaskPtr task);
  void push_first(TaskPtr task);

  /// For the lane itself: the oldest, where there is room for it; null where there is none. Nothing overtakes
  /// what has to wait.
  [[nodiscard]] TaskPtr take_oldest(const Test& has_room);
  /// For another lane: the youngest that suits it, where it has room for that; else null.
  [[nodiscard]] TaskPtr take_youngest(const Test& suits, const Test& has_room);
  [[nodiscard]] std::deque<TaskPtr> take_all();

 private:
  TaskPtr take(std::deque<TaskPtr>::iterator at);

  std::deque<TaskPtr> tasks_;
  std::uint64_t sequences_ = 0;
};

}  // namespace viltree::http
