#include "homes.hpp"
#include "outage_watch.hpp"
#include "placement.hpp"
#include "played.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::http;
using namespace viltree::http::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Condition = policy::EndpointState::Condition;

namespace {

Failure failure_of(Blame blame, std::optional<milliseconds> wait = {}) {
  return {{core::ErrorKind::kTransient, "no"}, blame, false, wait};
}

LaneHealth ready_health() {
  LaneHealth health(seconds(1), seconds(4));
  health.set_up();
  return health;
}

bool yes(const Call&) {
  return true;
}

bool no(const Call&) {
  return false;
}

}  // namespace

TEST_CASE("http queue: the lane takes the oldest, others the youngest that suits them") {
  LaneQueue queue;
  CHECK(queue.take_oldest(yes) == nullptr);
  for (const std::uint64_t key : {1U, 2U, 3U}) queue.push(played_task(key, 2));
  queue.push_first(played_task(0));
  CHECK(queue.sequences() == 7);
  CHECK(queue.oldest().prompt()->key() == 0);
  CHECK(queue.take_oldest(yes)->call->prompt()->key() == 0);
  CHECK(queue.take_oldest(no) == nullptr);
  const auto is_below_3 = [](const Call& call) { return call.prompt()->key() < 3; };
  CHECK(queue.take_youngest(is_below_3, no) == nullptr);
  CHECK(queue.take_youngest(is_below_3, yes)->call->prompt()->key() == 2);
  CHECK(queue.take_youngest(no, yes) == nullptr);
  CHECK(queue.sequences() == 4);
  CHECK(queue.take_all().size() == 2);
  CHECK(queue.empty());
  CHECK(queue.sequences() == 0);
}

TEST_CASE("http refusals: one is believed for each reply, and eight problems without a reply are not") {
  Refusals refusals;
  CHECK(refusals.add(1) == Refusals::Belief::kHeld);
  refusals.answered();
  CHECK(refusals.add(1) == Refusals::Belief::kBelieved);
  for (int again = 0; again < 20; ++again) CHECK(refusals.add(1) == Refusals::Belief::kHeld);
  for (std::uint64_t problem = 2; problem < Refusals::kProblems; ++problem)
    CHECK(refusals.add(problem) == Refusals::Belief::kHeld);
  CHECK(refusals.add(Refusals::kProblems) == Refusals::Belief::kDoubted);
  refusals.answered();
  CHECK(refusals.add(9) == Refusals::Belief::kBelieved);
}

TEST_CASE("http health: overloads of the whole lane are one pause, and what the server asks for extends it") {
  LaneHealth health = ready_health();
  health.failed({seconds(1), seconds(2), seconds(3), false}, failure_of(Blame::kOverload));
  CHECK(health.pauses() == 0);
  CHECK(health.condition(seconds(2)) == Condition::kReady);
  health.failed({seconds(1), seconds(2), seconds(3)}, failure_of(Blame::kOverload));
  health.failed({seconds(1), seconds(3), seconds(3)}, failure_of(Blame::kOverload));
  CHECK(health.pauses() == 1);
  CHECK(health.paused_until() == seconds(5));
  health.failed({seconds(1), seconds(3), seconds(4)}, failure_of(Blame::kOverload, milliseconds(4000)));
  CHECK(health.pauses() == 1);
  CHECK(health.paused_until() == seconds(7));
  CHECK(health.condition(seconds(6)) == Condition::kPaused);
  CHECK(health.condition(seconds(7)) == Condition::kReady);
  health.failed({seconds(7), seconds(8), seconds(1)}, failure_of(Blame::kOverload));
  CHECK(health.pauses() == 2);
  health.answered(seconds(9));
  CHECK(health.pauses() == 0);
}

TEST_CASE("http health: a server that is silent is lost, one that answered meanwhile is not") {
  LaneHealth health = ready_health();
  health.answered(seconds(2));
  health.failed({seconds(1), seconds(3), {}}, failure_of(Blame::kSlow));
  CHECK(health.usable());
  health.failed({seconds(3), seconds(4), {}}, failure_of(Blame::kSlow));
  CHECK(health.condition(seconds(4)) == Condition::kLost);
  CHECK(health.canary_due() == seconds(5));
  health.canary_sent();
  CHECK_FALSE(health.canary_due().has_value());
  health.canary_answered(seconds(5), failure_of(Blame::kServer));
  CHECK(health.canary_due() == seconds(7));
  health.canary_answered(seconds(7), std::nullopt);
  CHECK(health.usable());
  CHECK(health.condition(seconds(7)) == Condition::kLost);  // to people: a canary is no request
  health.answered(seconds(8));
  CHECK(health.condition(seconds(8)) == Condition::kReady);
  health.failed({}, failure_of(Blame::kSiblings));
  CHECK(health.usable());
}

TEST_CASE("http health: who refuses us is not asked again, and says why") {
  LaneHealth health = ready_health();
  health.failed({}, failure_of(Blame::kUs));
  CHECK(health.refused());
  CHECK_FALSE(health.usable());
  CHECK_FALSE(health.canary_due().has_value());
  CHECK(health.reason() == "no");
  CHECK(health.condition({}) == Condition::kRefused);
}

TEST_CASE("http capacity: a lane has less than its limit at work when it is given a request") {
  LaneCapacity capacity({4, 1, 0, false});
  CHECK(capacity.idle());
  CHECK(capacity.has_room(1, 1));
  const auto first = capacity.depart(3, 10);
  CHECK(capacity.has_room(1, 1));
  CHECK(capacity.load(1) == 1.0);
  const auto second = capacity.depart(3, 10);
  CHECK_FALSE(capacity.has_room(1, 1));
  capacity.end_early(first, 3);
  CHECK(capacity.has_room(1, 1));
  CHECK(capacity.room() == 7);
  capacity.arrive(first, 3);
  capacity.arrive(second, 0);
  CHECK(capacity.idle());
}

TEST_CASE("http capacity: what was sent before a request and is still there is at work") {
  LaneCapacity capacity({100, 1, 0, false});
  const auto first = capacity.depart(3, 0);
  const auto second = capacity.depart(4, 0);
  const auto third = capacity.depart(5, 0);
  CHECK(capacity.at_work_before(first) == 0);
  CHECK(capacity.at_work_before(third) == 7);
  capacity.end_early(first, 2);
  CHECK(capacity.at_work_before(third) == 5);
  capacity.arrive(second, 0);
  CHECK(capacity.at_work_before(third) == 1);
  CHECK_FALSE(capacity.gives_way());
}

TEST_CASE("http capacity: prompt tokens are bounded, but for the only request") {
  LaneCapacity capacity({10, 1, 100, false});
  CHECK(capacity.has_room(1, 1000));
  static_cast<void>(capacity.depart(1, 60));
  CHECK(capacity.has_room(1, 40));
  CHECK_FALSE(capacity.has_room(1, 41));
}

TEST_CASE("http capacity: slots that a server names are the limit, where none was set") {
  LaneCapacity found({0, 8, 0, false});
  found.set_slots(3);
  CHECK(found.limit() == 4);
  found.set_slots(100);
  CHECK(found.limit() == 8);
  LaneCapacity set({2, 8, 0, false});
  set.set_slots(100);
  CHECK(set.limit() == 2);
}

TEST_CASE("http siblings: where most checks find others, each is asked for alone") {
  SiblingChecks checks;
  for (int i = 0; i < 4; ++i) CHECK_FALSE(checks.add(true));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(checks.add(false));
  CHECK_FALSE(checks.ask_one_by_one());
  CHECK(checks.add(false));
  CHECK(checks.ask_one_by_one());
  CHECK_FALSE(checks.add(false));
}

TEST_CASE("http homes: a tree has one home a model, and lanes remember its images until they forget them") {
  Homes homes;
  const PromptPtr prompt = played_prompt(1);
  CHECK_FALSE(homes.find(prompt, 0).has_value());
  homes.settle(prompt, 1, 5);
  CHECK_FALSE(homes.find(prompt, 0).has_value());
  CHECK(homes.find(prompt, 1) == 5);
  CHECK_FALSE(homes.find(played_prompt(1), 1).has_value());
  homes.note_images(prompt, 5);
  homes.note_images(prompt, 5);
  CHECK(homes.has_images(prompt, 5));
  CHECK_FALSE(homes.has_images(prompt, 4));
  homes.forget_images(prompt, 5);
  CHECK_FALSE(homes.has_images(prompt, 5));
}

TEST_CASE("http homes: trees that are done are forgotten, and those that are not are kept") {
  Homes homes;
  std::vector<PromptPtr> held;
  for (std::uint64_t key = 0; key < 100; ++key) {
    held.push_back(played_prompt(key));
    homes.settle(held.back(), 0, key);
  }
  for (std::uint64_t key = 0; key < 10'000; ++key) homes.settle(played_prompt(key), 0, 0);
  CHECK(homes.size() <= 2 * held.size() + 64);
  for (std::uint64_t key = 0; key < 100; ++key) CHECK(homes.find(held[key], 0) == key);
}

TEST_CASE("http outage: its beginning is not forgotten before something is answered after it") {
  OutageWatch watch;
  CHECK_FALSE(watch.outage(seconds(9)).has_value());
  watch.out(seconds(10), "lost");
  watch.answered();  // by another model
  watch.over();
  CHECK_FALSE(watch.outage(seconds(11)).has_value());
  watch.out(seconds(12), "lost again");
  CHECK(watch.outage(seconds(15))->lasts == seconds(5));
  CHECK(watch.outage(seconds(15))->reason == "lost again");
  watch.over();
  watch.answered();
  watch.out(seconds(20), "lost");
  CHECK(watch.outage(seconds(21))->lasts == seconds(1));
}

TEST_CASE(
    "http placement: trees are spread, each keeps its order of lanes, and one with too much work is passed") {
  PlayedLanes played(3);
  std::set<Lane*> chosen;
  for (std::uint64_t key = 0; key < 30; ++key) {
    const TaskPtr task = played_task(key);
    Lane* home = choose_home(played.lanes, *task->call);
    REQUIRE(home == choose_home(played.lanes, *task->call));
    chosen.insert(home);
    home->queue().push(played_task(key, 100));
    CHECK(choose_home(played.lanes, *task->call) != home);
    static_cast<void>(home->queue().take_all());
  }
  CHECK(chosen.size() == 3);
}

TEST_CASE("http placement: a lane that cannot be asked is no home, and where all refuse one says why") {
  PlayedLanes played(2);
  const TaskPtr task = played_task(1);
  played.lanes[0]->refuse("no key");
  CHECK(choose_home(played.lanes, *task->call) == played.lanes[1].get());
  CHECK(only_refused_by(played.lanes, *task->call) == nullptr);
  CHECK(is_reachable(played.lanes, 0));
  played.lanes[1]->refuse("no model");
  CHECK(choose_home(played.lanes, *task->call) == nullptr);
  CHECK(only_refused_by(played.lanes, *task->call)->health().reason() == "no model");
  CHECK_FALSE(is_reachable(played.lanes, 0));
}

TEST_CASE("http placement: work is taken from the lane for which most waits without time for it") {
  PlayedLanes played(3, 1);
  const auto& lanes = played.lanes;
  CHECK(overfull(lanes, *lanes[0], {}) == nullptr);
  lanes[1]->queue().push(played_task(1, 2));
  lanes[2]->queue().push(played_task(2, 3));
  CHECK(overfull(lanes, *lanes[0], {}) == nullptr);  // they have time
  for (const std::size_t full : {1U, 2U}) static_cast<void>(lanes[full]->depart(1, 1, false));
  CHECK(overfull(lanes, *lanes[0], {}) == lanes[2].get());
  CHECK(overfull(lanes, *lanes[2], {}) == lanes[1].get());
}
