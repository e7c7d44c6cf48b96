#include "send_queue.hpp"

#include <tuple>

namespace viltree::crawl {

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

std::optional<Wanted> SendQueue::next() const {
  if (waiting_.empty()) return std::nullopt;
  return *waiting_.begin();
}

void SendQueue::pop() {
  sequences_ -= waiting_.begin()->n;
  waiting_.erase(waiting_.begin());
}

void SendQueue::drop(domain::ProblemIndex problem) {
  std::erase_if(waiting_, [&](const Wanted& wanted) {
    if (wanted.problem != problem) return false;
    sequences_ -= wanted.n;
    return true;
  });
}

}  // namespace viltree::crawl
