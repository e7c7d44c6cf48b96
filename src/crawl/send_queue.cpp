#include "send_queue.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace viltree::crawl {

namespace {

constexpr std::chrono::seconds kFirstRest{1};
constexpr std::chrono::seconds kLongestRest{60};
constexpr int kGrowth = 3;

SendQueue::Duration rest_after(std::uint32_t failures) {
  SendQueue::Duration rest = kFirstRest;
  for (std::uint32_t i = 1; i < failures; ++i)
    rest = std::min<SendQueue::Duration>(rest * kGrowth, kLongestRest);
  return rest;
}

}  // namespace

bool goes_before(const Wanted& a, const Wanted& b, Turn turn) {
  if (turn == Turn::kFewestAnswers && a.answers != b.answers) return a.answers < b.answers;
  // Depths change places: the deeper one first.
  return std::tie(a.problem, b.depth, a.parent, a.ticket) < std::tie(b.problem, a.depth, b.parent, b.ticket);
}

void SendQueue::set_turn(Turn turn) {
  if (waiting_.key_comp().turn == turn) return;
  waiting_ = {waiting_.begin(), waiting_.end(), Before{turn}};
}

void SendQueue::add(const Wanted& wanted) {
  if (waiting_.insert(wanted).second) sequences_ += wanted.n;
}

bool SendQueue::rest(const Wanted& wanted, Duration now) {
  const std::uint32_t failures = ++failures_[wanted.key()];
  if (failures >= kMostAttempts) {
    settle(wanted.key());
    return false;
  }
  resting_.emplace(now + rest_after(failures), wanted);
  return true;
}

void SendQueue::wake(Duration now) {
  while (!resting_.empty() && resting_.begin()->first <= now) {
    add(resting_.begin()->second);
    resting_.erase(resting_.begin());
  }
}

std::optional<Wanted> SendQueue::next() const {
  if (waiting_.empty()) return std::nullopt;
  return *waiting_.begin();
}

void SendQueue::pop() {
  sequences_ -= waiting_.begin()->n;
  waiting_.erase(waiting_.begin());
}

void SendQueue::drop(domain::ProblemIndex problem) {
  const auto is_of_tree = [&](const Wanted& wanted) { return wanted.problem == problem; };
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (!is_of_tree(*at)) {
      ++at;
      continue;
    }
    sequences_ -= at->n;
    at = waiting_.erase(at);
  }
  std::erase_if(resting_, [&](const auto& resting) { return is_of_tree(resting.second); });
}

std::optional<SendQueue::Duration> SendQueue::next_wake() const {
  if (resting_.empty()) return std::nullopt;
  return resting_.begin()->first;
}

}  // namespace viltree::crawl
