#include "dispatcher.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::http {

using core::ErrorKind;
using std::chrono::milliseconds;

namespace {

constexpr double kBoundedLoad = 1.25;       // of the mean
constexpr std::uint32_t kBacklogShare = 4;  // of the limits: what waits so that every lane finds something
constexpr std::uint32_t kLeastBacklog = 4;
constexpr milliseconds kLongRest{
    1000};  // whoever rests so long takes no room, and a stop does not wait for it
constexpr const char* kStopped = "the policy was stopped";

/// The greater, the sooner this lane is the prompt's home: rendezvous hashing with weights (Thaler and
/// Ravishankar 1998; weights as -w / ln u).
double rendezvous_score(std::uint64_t key, const Lane& lane) {
  const std::uint64_t mixed = core::mix64(key, lane.options().number);
  const double uniform = (static_cast<double>(mixed >> 11U) + 0.5) * 0x1.0p-53;
  return -lane.options().endpoint.weight / std::log(uniform);
}

}  // namespace

Dispatcher::Dispatcher(Loop& loop, std::vector<std::unique_ptr<Lane>>& lanes, DispatcherOptions options)
    : loop_(loop),
      lanes_(lanes),
      options_(std::move(options)),
      jitter_(options_.jitter_seed),
      homeless_(options_.models),
      answers_(options_.models) {
  note_outage();
}

/// It can be asked that at all.
bool Dispatcher::suits(const Lane& lane, const Call& call) {
  return lane.usable() && lane.options().model == call.model() &&
         (lane.setup()->takes_images || !call.prompt().has_images());
}

Lane* Dispatcher::choose(const Call& call) const {
  double load = 0;
  std::size_t count = 0;
  for (const auto& lane : lanes_) {
    if (!suits(*lane, call)) continue;
    load += lane->load();
    ++count;
  }
  if (count == 0) return nullptr;
  const double bound = kBoundedLoad * load / static_cast<double>(count);
  Lane* best = nullptr;
  double best_score = -1;
  bool best_fits = false;
  for (const auto& lane : lanes_) {
    if (!suits(*lane, call)) continue;
    const bool fits = lane->load() <= bound;
    const double score = rendezvous_score(call.prompt().key(), *lane);
    if (best != nullptr && (best_fits > fits || (best_fits == fits && best_score >= score))) continue;
    best = lane.get();
    best_score = score;
    best_fits = fits;
  }
  return best;
}

Lane* Dispatcher::home_of(const Call& call) {
  auto& homes = call.prompt().home.endpoints;
  if (homes.size() <= call.model()) homes.resize(call.model() + 1);
  std::optional<std::size_t>& home = homes[call.model()];
  if (home && lanes_[*home]->usable()) return lanes_[*home].get();
  Lane* chosen = choose(call);
  if (chosen != nullptr) home = chosen->options().number;
  return chosen;
}

void Dispatcher::submit(std::unique_ptr<Call> call) {
  auto task = std::make_shared<Task>(std::move(call));
  tasks_.insert(task);
  enqueue(task, false);
  pump();
}

void Dispatcher::submit_first(std::unique_ptr<Call> call, const Lane& lane) {
  auto task = std::make_shared<Task>(std::move(call));
  tasks_.insert(task);
  Lane& target = *lanes_[lane.options().number];
  target.queued += task->call->sequences();
  target.queue.push_front(std::move(task));
  pump_again_ = true;
}

void Dispatcher::enqueue(const TaskPtr& task, bool first) {
  Lane* lane = home_of(*task->call);
  if (lane == nullptr) {
    homeless_[task->call->model()].push_back(task);
    return;
  }
  lane->queued += task->call->sequences();
  if (first) {
    lane->queue.push_front(task);
  } else {
    lane->queue.push_back(task);
  }
}

bool Dispatcher::reachable(std::size_t model) const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [model](const auto& lane) { return lane->options().model == model && lane->usable(); });
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
  for (const auto& lane : lanes_) look_after(*lane);
  note_outage();
}

void Dispatcher::fill(Lane& lane) {
  while (lane.usable() && !lane.paused(now())) {
    const TaskPtr task = take(lane);
    if (task == nullptr) return;
    send(lane, task);
  }
}

/// The next for this lane: the oldest of its own, else the youngest of one that has no time for it.
Dispatcher::TaskPtr Dispatcher::take(Lane& lane) {
  Lane* from = lane.queue.empty() ? overfull(lane) : &lane;
  if (from == nullptr) return nullptr;
  auto at = from->queue.begin();
  if (from != &lane) {
    const auto youngest = std::find_if(from->queue.rbegin(), from->queue.rend(),
                                       [&](const TaskPtr& task) { return suits(lane, *task->call); });
    if (youngest == from->queue.rend()) return nullptr;
    at = std::prev(youngest.base());
  }
  const TaskPtr task = *at;
  if (!lane.has_room(task->call->prompt_tokens())) return nullptr;
  from->queued -= task->call->sequences();
  from->queue.erase(at);
  return task;
}

Lane* Dispatcher::overfull(const Lane& idle) const {
  Lane* most = nullptr;
  for (const auto& lane : lanes_) {
    if (lane.get() == &idle || lane->options().model != idle.options().model || lane->queue.empty()) continue;
    const bool has_time =
        lane->usable() && !lane->paused(now()) && lane->has_room(lane->queue.front()->call->prompt_tokens());
    if (!has_time && (most == nullptr || lane->queued > most->queued)) most = lane.get();
  }
  return most;
}

void Dispatcher::send(Lane& lane, const TaskPtr& task) {
  Call& call = *task->call;
  if (!call.is_wanted()) {
    // Later, because finishing may submit, and this may be within a submit.
    loop_.post([this, task] { finish(task, core::fail(ErrorKind::kCancelled, "not wanted any more")); });
    return;
  }
  call.fit(std::min(lane.choices_per_request(), lane.limit()), lane);
  Sent sent{{}, now(), call.sequences(), call.prompt_tokens()};
  sent.level = lane.depart(sent.sequences, sent.prompt_tokens, std::exchange(task->sent, true));
  task->ended = 0;
  HttpRequest request = call.request(lane);
  if (request.on_event_bytes) {
    request.on_event_bytes = [this, &lane, task, read = std::move(request.on_event_bytes)](auto bytes) {
      read(bytes);
      give_back(lane, *task);
    };
  }
  lane.transport().send(std::move(request), [this, &lane, task, sent](HttpReply reply) {
    on_reply(lane, task, sent, std::move(reply));
  });
}

/// The places of sequences that have ended go to others at once, but not within the reading of bytes.
void Dispatcher::give_back(Lane& lane, Task& task) {
  const std::uint32_t ended = task.call->ended();
  if (ended <= task.ended) return;
  lane.end_early(ended - std::exchange(task.ended, ended));
  if (std::exchange(pump_posted_, true)) return;
  loop_.post([this] {
    pump_posted_ = false;
    pump();
  });
}

void Dispatcher::on_reply(Lane& lane, const TaskPtr& task, const Sent& sent, HttpReply reply) {
  lane.arrive(sent.sequences, task->ended, sent.prompt_tokens);
  lane.count_resent(reply.resent);
  pump();  // before the reply is looked at: the server shall not wait for that
  auto failure = task->call->accept(std::move(reply), lane);
  if (failure) {
    on_failure(lane, task, sent, *failure);
  } else {
    ++answers_[task->call->model()];
    {
      const core::Lock lock(mutex_);
      if (!outage_) outage_since_.reset();
    }
    const ReplySize size = task->call->size();
    lane.answered({sent.sequences, size.tokens, size.longest, now()});
    release_refusals(lane);
    finish(task, {});
  }
  pump();
}

void Dispatcher::on_failure(Lane& lane, const TaskPtr& task, const Sent& sent, const Failure& failure) {
  if (task->call->has_remedy(failure, lane)) return enqueue(task, true);
  const bool overload = failure.blame == Blame::kOverload;
  const double uniform = jitter_.uniform();
  const milliseconds pause =
      overload ? backoff_wait(options_.ladder.backoff, lane.pauses() + 1, failure.wait, uniform)
               : milliseconds(0);
  lane.failed({sent.level, sent.at, now(), pause}, failure);
  if (failure.blame == Blame::kPrefix) return on_refusal(lane, task, failure.error);
  if (failure.blame == Blame::kUs || overload) return enqueue(task, true);
  climb(task, failure, uniform);
}

void Dispatcher::climb(const TaskPtr& task, const Failure& failure, double uniform) {
  const std::uint64_t answers = answers_[task->call->model()];
  const auto wait = task->ladder.failed(options_.ladder, {answers, failure.final, failure.wait, uniform});
  if (wait) return rest(task, *wait);
  const std::string times = std::to_string(task->ladder.attempts());
  finish(task,
         core::fail(failure.error.kind, "gave up after " + times + " attempts: " + failure.error.message));
}

/// A refusal is for good, so that it must be the prefix's and not the server's.
void Dispatcher::on_refusal(Lane& lane, const TaskPtr& task, const core::Error& error) {
  switch (lane.refused_prefix(task->call->prompt().key(), error.message)) {
    case Lane::Refusal::kBelieved:
      return finish(task, core::fail(error));
    case Lane::Refusal::kHeld:
      lane.held.emplace_back(task, error);
      return;
    case Lane::Refusal::kDoubted:
      return enqueue(task, true);
  }
}

void Dispatcher::release_refusals(Lane& lane) {
  for (auto& [task, error] : std::exchange(lane.held, {})) {
    loop_.post([this, task = task, error = error] { finish(task, core::fail(error)); });
  }
}

void Dispatcher::rest(const TaskPtr& task, milliseconds wait) {
  if (wait >= kLongRest) {
    if (winding_down_) return finish(task, core::fail(ErrorKind::kCancelled, kStopped));
    resting_.insert(task);
  }
  task->rest = loop_.after(wait, [this, task] {
    if (!tasks_.contains(task)) return;
    resting_.erase(task);
    enqueue(task, true);
    pump();
  });
}

void Dispatcher::finish(const TaskPtr& task, core::Status status) {
  if (tasks_.erase(task) == 0) return;
  resting_.erase(task);
  task->call->finish(std::move(status));
}

/// What waits for a lane that was lost goes elsewhere; so does what one that refuses us said no to.
void Dispatcher::evacuate(Lane& lane) {
  if (lane.refused()) {
    for (const auto& held : std::exchange(lane.held, {})) enqueue(held.first, false);
  }
  if (lane.queue.empty()) return;
  auto queue = std::exchange(lane.queue, {});
  lane.queued = 0;
  for (const TaskPtr& task : queue) enqueue(task, false);
}

/// A lane that refuses us, where none is left that could take this call, now or later.
const Lane* Dispatcher::only_refused_by(const Call& call) const {
  const Lane* refused = nullptr;
  for (const auto& lane : lanes_) {
    if (lane->options().model != call.model()) continue;
    if (lane->refused()) {
      refused = lane.get();
    } else if (lane->setup() == nullptr || lane->setup()->takes_images || !call.prompt().has_images()) {
      return nullptr;
    }
  }
  return refused;
}

/// Where every server that could answer refuses us there is nothing to wait for.
void Dispatcher::settle_homeless(std::size_t model) {
  const bool may_settle = std::any_of(lanes_.begin(), lanes_.end(), [model](const auto& lane) {
    return lane->options().model == model && (lane->usable() || lane->refused());
  });
  if (!may_settle) return;
  for (const TaskPtr& task : std::exchange(homeless_[model], {})) {
    const Lane* refused = only_refused_by(*task->call);
    if (refused == nullptr) {
      enqueue(task, false);
      continue;
    }
    const core::Error error{ErrorKind::kInvalidInput, refused->reason()};
    loop_.post([this, task, error] { finish(task, core::fail(error)); });
  }
}

/// Sets the lane's timer for what comes next without an answer: the end of a pause, or a canary.
void Dispatcher::look_after(Lane& lane) {
  const Time at = now();
  lane.publish(at);
  std::optional<Time> due = lane.canary_due();
  if (due && *due <= at) return send_canary(lane);
  if (!due && lane.paused(at) && lane.usable()) due = lane.paused_until();
  if (!due) return;
  lane.timer = loop_.after(*due - at, [this] { pump(); });
}

void Dispatcher::send_canary(Lane& lane) {
  lane.canary_sent();
  static_cast<void>(lane.depart(0, 0, false));
  lane.transport().send(options_.canary(lane), [this, &lane](const HttpReply& reply) {
    const auto failure = options_.check_canary(reply, lane);
    lane.canary_answered(now(), failure);
    pump();
  });
}

/// A model without a lane is an outage, and so is one whose lanes cannot take what waits. Its beginning is
/// not forgotten before something is answered: a server may say that it is well and answer nothing.
void Dispatcher::note_outage() {
  const Lane* lost = nullptr;
  std::uint64_t limits = 0;
  for (const auto& lane : lanes_) {
    const std::size_t model = lane->options().model;
    if (lane->usable()) {
      limits += lane->room();
    } else if (!reachable(model) || !homeless_[model].empty()) {
      lost = lane.get();
    }
  }
  std::uint64_t rest = 0;
  for (const TaskPtr& task : resting_) rest += task->call->held_up();
  const std::uint64_t backlog = std::max<std::uint64_t>(kLeastBacklog, limits / kBacklogShare);
  const core::Lock lock(mutex_);
  wanted_ = limits == 0 ? 1 : static_cast<std::uint32_t>(limits + backlog + rest);
  outage_ = lost != nullptr;
  if (lost == nullptr) return;
  if (!outage_since_) outage_since_ = now();
  outage_reason_ = lost->reason();
}

std::optional<policy::Outage> Dispatcher::outage() const {
  const Time at = now();
  const core::Lock lock(mutex_);
  if (!outage_) return std::nullopt;
  return policy::Outage{std::chrono::duration_cast<milliseconds>(at - *outage_since_), outage_reason_};
}

std::uint32_t Dispatcher::wanted() const {
  const core::Lock lock(mutex_);
  return wanted_;
}

void Dispatcher::wind_down() {
  winding_down_ = true;
  for (const TaskPtr& task : std::exchange(resting_, {})) {
    task->rest.reset();
    finish(task, core::fail(ErrorKind::kCancelled, kStopped));
  }
  pump();
}

void Dispatcher::cancel_all() {
  for (const auto& lane : lanes_) {
    lane->transport().cancel_all();
    lane->queue.clear();
    lane->held.clear();
    lane->timer.reset();
  }
  for (auto& tasks : homeless_) tasks.clear();
  while (!tasks_.empty()) {
    const TaskPtr task = *tasks_.begin();
    task->rest.reset();
    finish(task, core::fail(ErrorKind::kCancelled, kStopped));
  }
}

}  // namespace viltree::http
