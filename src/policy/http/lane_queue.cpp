#include "lane_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace viltree::http {

void LaneQueue::push(TaskPtr task) {
  sequences_ += task->call->sequences();
  tasks_.push_back(std::move(task));
}

void LaneQueue::push_first(TaskPtr task) {
  sequences_ += task->call->sequences();
  tasks_.push_front(std::move(task));
}

TaskPtr LaneQueue::take_oldest(const Test& has_room) {
  return empty() || !has_room(oldest()) ? nullptr : take(tasks_.begin());
}

TaskPtr LaneQueue::take_youngest(const Test& suits, const Test& has_room) {
  const auto found =
      std::find_if(tasks_.rbegin(), tasks_.rend(), [&](const TaskPtr& task) { return suits(*task->call); });
  if (found == tasks_.rend() || !has_room(*(*found)->call)) return nullptr;
  return take(std::prev(found.base()));
}

std::deque<TaskPtr> LaneQueue::take_all() {
  sequences_ = 0;
  return std::exchange(tasks_, {});
}

TaskPtr LaneQueue::take(std::deque<TaskPtr>::iterator at) {
  TaskPtr task = std::move(*at);
  tasks_.erase(at);
  sequences_ -= task->call->sequences();
  return task;
}

}  // namespace viltree::http
