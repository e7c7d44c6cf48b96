#include "dispatcher.hpp"

#include "placement.hpp"

#include <algorithm>

namespace viltree::http {

using core::ErrorKind;
using std::chrono::milliseconds;

namespace {

constexpr std::uint32_t kBacklogShare = 4;  // of the limits: what waits so that every lane finds something
constexpr std::uint32_t kLeastBacklog = 4;
constexpr milliseconds kLongRest{1000};        // a stop does not wait for whoever rests so long
constexpr std::uint32_t kOverloadsBorne = 32;  // of one call, before they count as failures of its own
constexpr std::uint32_t kMostGrown = 4;        // its waits grow no more then: the limit shrinks
constexpr std::uint32_t kQuickAttempts = 4;    // at the next place, before it rests
constexpr const char* kStopped = "the policy was stopped";

}  // namespace

Dispatcher::Dispatcher(Loop& loop, Lanes& lanes, DispatcherOptions options)
    : loop_(loop),
      lanes_(lanes),
      options_(std::move(options)),
      jitter_(options_.jitter_seed),
      caretaker_(loop, std::move(options_.canary), [this] { pump(); }),
      homeless_(options_.models),
      answered_(options_.models) {
  note_state();
}

Lane* Dispatcher::home_of(const Call& call) {
  const auto known = homes_.find(call.prompt(), call.model());
  if (known && lanes_[*known]->usable()) return lanes_[*known].get();
  Lane* chosen = choose_home(lanes_, call);
  if (chosen != nullptr) homes_.settle(call.prompt(), call.model(), chosen->options().number);
  return chosen;
}

TaskPtr Dispatcher::add(std::unique_ptr<Call> call) {
  auto task = std::make_shared<Task>(std::move(call));
  tasks_.insert(task);
  return task;
}

void Dispatcher::submit(std::unique_ptr<Call> call) {
  enqueue(add(std::move(call)), false);
  pump();
}

void Dispatcher::submit_first(std::unique_ptr<Call> call, const Lane& lane) {
  lanes_[lane.options().number]->queue().push_first(add(std::move(call)));
  pump_again_ = true;
}

void Dispatcher::enqueue(const TaskPtr& task, bool first) {
  Lane* lane = home_of(*task->call);
  if (lane == nullptr) {
    homeless_[task->call->model()].push_back(task);
  } else if (first) {
    lane->queue().push_first(task);
  } else {
    lane->queue().push(task);
  }
}

/// Fills every lane that has room. Not re-entered: what happens meanwhile is looked at in another round.
void Dispatcher::pump() {
  pump_again_ = true;
  if (pumping_) return;
  pumping_ = true;
  while (std::exchange(pump_again_, false)) {
    for (const auto& lane : lanes_) {
      if (!lane->usable()) evacuate(*lane);
    }
    for (std::size_t model = 0; model < homeless_.size(); ++model) settle_homeless(model);
    for (const auto& lane : lanes_) fill(*lane);
    for (const auto& lane : lanes_) {
      // Nothing is under way that could say whether it answers others.
      if (lane->usable() && lane->idle()) release_refusals(*lane);
    }
  }
  pumping_ = false;
  for (const auto& lane : lanes_) caretaker_.look_after(*lane);
  note_state();
}

void Dispatcher::fill(Lane& lane) {
  lane.stop_waiting();
  while (lane.usable() && !lane.health().paused(now())) {
    const TaskPtr task = take(lane);
    if (task == nullptr) break;
    send(lane, task);
  }
  // A stop does not wait for a rate: short waits for each of many are long together.
  if (!winding_down_ || !lane.waits_until()) return;
  for (const TaskPtr& task : lane.queue().take_all()) finish_later(task, {ErrorKind::kCancelled, kStopped});
}

/// The next for this lane: the oldest of its own, else the youngest of one that has no time for it.
TaskPtr Dispatcher::take(Lane& lane) {
  const auto has_room = [&](const Call& call) { return lane.admits(call, now()); };
  if (!lane.queue().empty()) return lane.queue().take_oldest(has_room);
  Lane* from = overfull(lanes_, lane, now());
  if (from == nullptr) return nullptr;
  return from->queue().take_youngest([&](const Call& call) { return suits(lane, call); }, has_room);
}

void Dispatcher::send(Lane& lane, const TaskPtr& task) {
  Call& call = *task->call;
  if (!call.is_wanted()) {
    // Later, because finishing may submit, and this may be within a submit.
    return finish_later(task, {ErrorKind::kCancelled, "not wanted any more"});
  }
  call.fit(lane.most_siblings(call), lane);
  const bool again = std::exchange(task->sent, true);
  const std::uint64_t most_tokens = Lane::most_tokens(call, call.sequences());
  const Sent sent{lane.depart(call.sequences(), call.prompt_tokens(), again), now(), most_tokens};
  lane.rate().sent(sent.at, sent.departure.sequences, most_tokens);
  task->ended = 0;
  HttpRequest request = call.request(lane);
  if (request.on_event_bytes) {
    request.on_event_bytes = [this, &lane, task, sent, read = std::move(request.on_event_bytes)](auto bytes) {
      read(bytes);
      give_back(lane, *task, sent);
    };
  }
  lane.transport().send(std::move(request), [this, &lane, task, sent](HttpReply reply) {
    on_reply(lane, task, sent, std::move(reply));
  });
}

/// The places of sequences that have ended go to others at once, but not within the reading of bytes.
void Dispatcher::give_back(Lane& lane, Task& task, const Sent& sent) {
  const std::uint32_t ended = task.call->ended();
  if (ended <= task.ended) return;
  lane.end_early(sent.departure, ended - std::exchange(task.ended, ended));
  if (std::exchange(pump_posted_, true)) return;
  loop_.post([this] {
    pump_posted_ = false;
    pump();
  });
}

void Dispatcher::on_reply(Lane& lane, const TaskPtr& task, const Sent& sent, HttpReply reply) {
  lane.arrive(sent.departure, task->ended);
  lane.count_resent(reply.resent);
  pump();  // before the reply is looked at: the server shall not wait for that
  auto failure = task->call->accept(std::move(reply), lane);
  if (failure) {
    lane.rate().over(now(), sent.departure.sequences, sent.most_tokens, std::nullopt);
    on_failure(lane, task, sent, *failure);
  } else {
    ++answered_[task->call->model()];
    outages_.answered();
    const ReplySize size = task->call->size();
    lane.rate().over(now(), sent.departure.sequences, sent.most_tokens, size.counted);
    lane.answered({sent.departure, size.tokens, size.longest, now()});
    release_refusals(lane);
    finish(task, {});
  }
  pump();
}

void Dispatcher::on_failure(Lane& lane, const TaskPtr& task, const Sent& sent, const Failure& failure) {
  if (task->call->has_remedy(failure, lane)) {
    if (failure.blame == Blame::kSiblings) lane.count_failure();
    return enqueue(task, true);
  }
  const bool overload = failure.blame == Blame::kOverload;
  // The limit gives way, and the next place is this task's.
  const bool waits_for_place = overload && !failure.wait && lane.takes_others(sent.departure);
  const double uniform = jitter_.uniform();
  const milliseconds pause =
      overload ? backoff_wait(options_.ladder.backoff, lane.pauses() + 1, failure.wait, uniform)
               : milliseconds(0);
  lane.failed({sent.departure, sent.at, now(), pause}, failure);
  // What is too long says why, and needs no other to bear it out; a problem that is too long alone may be a
  // server that takes none.
  if (failure.too_long && task->call->has_prefix()) return finish(task, core::fail(failure.error));
  if (failure.blame == Blame::kPrefix || failure.blame == Blame::kSiblings)
    return on_refusal(lane, task, failure.error);
  if (failure.blame == Blame::kUs) return enqueue(task, true);
  if (overload && task->overloads < kOverloadsBorne) {
    ++task->overloads;
    if (waits_for_place && task->overloads <= kQuickAttempts) return enqueue(task, true);
    const std::uint32_t attempt = std::min(task->overloads, kMostGrown);
    return rest(task, backoff_wait(options_.ladder.backoff, attempt, failure.wait, uniform));
  }
  climb(task, failure, uniform);
}

void Dispatcher::climb(const TaskPtr& task, const Failure& failure, double uniform) {
  const std::uint64_t answered = answered_[task->call->model()];
  const auto wait = task->ladder.failed(options_.ladder, {answered, failure.final, failure.wait, uniform});
  if (wait) return rest(task, *wait);
  const std::string times = std::to_string(task->ladder.attempts());
  finish(task,
         core::fail(failure.error.kind, "gave up after " + times + " attempts: " + failure.error.message));
}

/// A refusal is for good, so that it must be the prefix's and not the server's.
void Dispatcher::on_refusal(Lane& lane, const TaskPtr& task, const core::Error& error) {
  switch (lane.refused_prefix(task, error)) {
    case Refusals::Belief::kBelieved:
      return finish(task, core::fail(error));
    case Refusals::Belief::kHeld:
      return;
    case Refusals::Belief::kDoubted:
      return enqueue(task, true);
  }
}

void Dispatcher::release_refusals(Lane& lane) {
  for (auto& held : lane.take_held()) finish_later(held.task, std::move(held.error));
}

void Dispatcher::rest(const TaskPtr& task, milliseconds wait) {
  task->rests_long = wait >= kLongRest;
  if (task->rests_long && winding_down_) return finish(task, core::fail(ErrorKind::kCancelled, kStopped));
  task->held_up = task->call->held_up();
  held_up_ += task->held_up;
  resting_.insert(task);
  // The task owns its timer, which may therefore not own the task.
  task->rest = loop_.after(wait, [this, resting = std::weak_ptr(task)] {
    const TaskPtr rested = resting.lock();
    if (rested == nullptr || !tasks_.contains(rested)) return;
    rise(rested);
    enqueue(rested, true);
    pump();
  });
}

void Dispatcher::rise(const TaskPtr& task) {
  if (resting_.erase(task) > 0) held_up_ -= task->held_up;
}

void Dispatcher::finish(const TaskPtr& task, core::Status status) {
  if (tasks_.erase(task) == 0) return;
  rise(task);
  task->call->finish(std::move(status));
}

void Dispatcher::finish_later(const TaskPtr& task, core::Error error) {
  loop_.post([this, task, error = std::move(error)] { finish(task, core::fail(error)); });
}

/// What waits for a lane that was lost goes elsewhere; so does what one that refuses us said no to.
void Dispatcher::evacuate(Lane& lane) {
  if (lane.health().refused()) {
    for (const auto& held : lane.take_held()) enqueue(held.task, false);
  }
  for (const TaskPtr& task : lane.queue().take_all()) enqueue(task, false);
}

/// Where every server that could answer refuses us there is nothing to wait for.
void Dispatcher::settle_homeless(std::size_t model) {
  const bool may_settle = std::any_of(lanes_.begin(), lanes_.end(), [model](const auto& lane) {
    return lane->options().model == model && (lane->usable() || lane->health().refused());
  });
  if (!may_settle) return;
  for (const TaskPtr& task : std::exchange(homeless_[model], {})) {
    const Lane* refused = only_refused_by(lanes_, *task->call);
    if (refused == nullptr) {
      enqueue(task, false);
    } else {
      finish_later(task, {ErrorKind::kInvalidInput, refused->health().reason()});
    }
  }
}

/// A model without a lane is an outage, and so is one whose lanes cannot take what waits.
void Dispatcher::note_state() {
  const Lane* lost = nullptr;
  std::uint64_t limits = 0;
  for (const auto& lane : lanes_) {
    const std::size_t model = lane->options().model;
    if (lane->usable()) {
      limits += lane->room(now());
    } else if (!is_reachable(lanes_, model) || !homeless_[model].empty()) {
      lost = lane.get();
    }
  }
  const std::uint64_t backlog = std::max<std::uint64_t>(kLeastBacklog, limits / kBacklogShare);
  wanted_ = limits == 0 ? 1 : static_cast<std::uint32_t>(limits + backlog + held_up_);
  if (lost != nullptr) {
    outages_.out(now(), lost->health().reason());
  } else {
    outages_.over();
  }
}

void Dispatcher::wind_down() {
  winding_down_ = true;
  const std::vector<TaskPtr> resting(resting_.begin(), resting_.end());
  for (const TaskPtr& task : resting) {
    if (!task->rests_long) continue;
    task->rest.reset();
    finish(task, core::fail(ErrorKind::kCancelled, kStopped));
  }
  pump();
}

void Dispatcher::cancel_all() {
  for (const auto& lane : lanes_) {
    lane->transport().cancel_all();
    static_cast<void>(lane->queue().take_all());
    static_cast<void>(lane->take_held());
  }
  caretaker_.rest();
  for (auto& tasks : homeless_) tasks.clear();
  while (!tasks_.empty()) {
    const TaskPtr task = *tasks_.begin();
    task->rest.reset();
    finish(task, core::fail(ErrorKind::kCancelled, kStopped));
  }
}

}  // namespace viltree::http
