#pragma once

#include "call.hpp"
#include "caretaker.hpp"
#include "homes.hpp"
#include "ladder.hpp"
#include "lane.hpp"
#include "outage_watch.hpp"
#include "task.hpp"

#include <viltree/core/random.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

namespace viltree::http {

struct DispatcherOptions {
  std::size_t models = 1;
  LadderOptions ladder;
  std::uint64_t jitter_seed = 0;
  Canary canary;
};

/// Brings calls to lanes and sees to it that each is answered.
///
///   submit ─► a lane's queue ─► in flight ─► accepted, refused, or failed too often ─► finish
///               ▲ ▲    └ another lane of the model takes it where this one has no time for it
///               │ └─ resting (a failure that may pass)
///               └─── moved, where the lane was lost
///
/// A tree has a home among the lanes of its model: the first in rendezvous order that does not have a quarter
/// more work than the mean, so that prefixes and images are sent where they are cached. A call waits for its
/// home only while no other lane stands idle. A call that fails while others are answered climbs the ladder
/// of attempts, and fails for good at its end; while none is answered it waits, however long. One that met an
/// overload waits by itself, often enough that only a call that meets nothing else has to climb. Who rests
/// makes room for others.
///
/// A deadline starts when an attempt is sent: waiting costs none of it. Runs on the network thread, but for
/// what is said of any thread.
class Dispatcher {
 public:
  using Time = Loop::Time;

  /// The lanes' places among the others must be their numbers.
  Dispatcher(Loop& loop, Lanes& lanes, DispatcherOptions options);

  void submit(std::unique_ptr<Call> call);
  /// The same in front of what waits: siblings of one that was just sent.
  void submit_first(std::unique_ptr<Call> call, const Lane& lane);
  /// Lanes may have changed from outside: set up, lost or refused.
  void pump();
  /// Whoever rests for long, now or from now on, is finished with kCancelled.
  void wind_down();
  [[nodiscard]] Homes& homes() { return homes_; }
  /// Finishes every call with kCancelled. Also called on a loop that has ended.
  void cancel_all();

  /// For any thread.
  [[nodiscard]] std::optional<policy::Outage> outage() const { return outages_.outage(now()); }
  /// For any thread: sequences wanted at once, those included that wait or rest here and those that are done
  /// and whose siblings are not.
  [[nodiscard]] std::uint32_t wanted() const { return wanted_; }

 private:
  [[nodiscard]] Time now() const { return loop_.now(); }
  [[nodiscard]] Lane* home_of(const Call& call);
  TaskPtr add(std::unique_ptr<Call> call);
  void enqueue(const TaskPtr& task, bool first);
  [[nodiscard]] TaskPtr take(Lane& lane);
  void fill(Lane& lane);
  void send(Lane& lane, const TaskPtr& task);
  struct Sent {
    LaneCapacity::Departure departure;
    Time at;
    std::uint64_t most_tokens;  ///< that it can come to
  };
  void give_back(Lane& lane, Task& task, const Sent& sent);
  void on_reply(Lane& lane, const TaskPtr& task, const Sent& sent, HttpReply reply);
  void on_failure(Lane& lane, const TaskPtr& task, const Sent& sent, const Failure& failure);
  void on_refusal(Lane& lane, const TaskPtr& task, const core::Error& error);
  void release_refusals(Lane& lane);
  void climb(const TaskPtr& task, const Failure& failure, double uniform);
  void rest(const TaskPtr& task, std::chrono::milliseconds wait);
  void rise(const TaskPtr& task);
  void finish(const TaskPtr& task, core::Status status);
  void finish_later(const TaskPtr& task, core::Error error);
  void evacuate(Lane& lane);
  void settle_homeless(std::size_t model);
  void note_state();

  Loop& loop_;
  Lanes& lanes_;
  DispatcherOptions options_;
  core::Random jitter_;
  Homes homes_;
  Caretaker caretaker_;
  OutageWatch outages_;
  std::atomic<std::uint32_t> wanted_ = 1;
  std::unordered_set<TaskPtr> tasks_;          ///< all that are not finished
  std::unordered_set<TaskPtr> resting_;        ///< those that rest
  std::uint64_t held_up_ = 0;                  ///< sequences that those hold up
  std::vector<std::deque<TaskPtr>> homeless_;  ///< by model: no lane is usable
  std::vector<std::uint64_t> answered_;        ///< by model
  bool winding_down_ = false;
  bool pumping_ = false;
  bool pump_again_ = false;
  bool pump_posted_ = false;
};

}  // namespace viltree::http
