#include "budget.hpp"
#include "policy_watch.hpp"
#include "send_queue.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using std::chrono::seconds;

namespace {

Wanted wanted(std::uint64_t problem, std::uint32_t depth, std::uint32_t parent, std::uint32_t ticket) {
  return {{problem}, depth, {parent}, {ticket}, 4};
}

policy::Health endpoint_is(policy::EndpointState::Condition condition, const std::string& reason = {}) {
  policy::EndpointState endpoint;
  endpoint.url = "u";
  endpoint.condition = condition;
  endpoint.reason = reason;
  return {std::nullopt, {endpoint}};
}

}  // namespace

TEST_CASE("send queue: the oldest tree first, then the deepest, siblings together, then by ticket") {
  SendQueue queue;
  const std::vector<Wanted> order = {wanted(1, 2, 3, 9), wanted(1, 2, 5, 4), wanted(1, 2, 5, 8),
                                     wanted(1, 1, 0, 2), wanted(2, 3, 7, 1)};
  for (const std::size_t i : {3, 0, 4, 2, 1}) queue.add(order[i]);
  CHECK(queue.sequences() == 20);
  for (const Wanted& expected : order) {
    REQUIRE(queue.next().has_value());
    CHECK(queue.next()->key() == expected.key());
    queue.pop();
  }
  CHECK(queue.empty());
  CHECK(queue.sequences() == 0);
}

TEST_CASE("send queue: towards the end of a run the tree with the fewest answers goes first") {
  SendQueue queue;
  Wanted advanced = wanted(1, 5, 3, 9);
  advanced.answers = 7;
  Wanted behind = wanted(2, 1, 0, 2);
  behind.answers = 1;
  queue.add(advanced);
  queue.add(behind);
  CHECK(queue.next()->key() == advanced.key());
  queue.set_turn(Turn::kFewestAnswers);
  CHECK(queue.sequences() == 8);
  CHECK(queue.next()->key() == behind.key());
  queue.pop();
  CHECK(queue.next()->key() == advanced.key());
}

TEST_CASE("send queue: a dropped tree wants nothing any more") {
  SendQueue queue;
  queue.add(wanted(1, 1, 0, 1));
  queue.add(wanted(2, 1, 0, 1));
  queue.add(wanted(1, 1, 0, 2));
  queue.drop({1});
  CHECK(queue.sequences() == 4);
  CHECK(queue.next()->problem.value == 2);
}

TEST_CASE("policy watch: an outage is told when it begins and when it ends, once") {
  PolicyWatch watch("policy", seconds(10));
  CHECK(watch.look({}).empty());
  const auto lost = [](int lasts) { return policy::Health{policy::Outage{seconds(lasts), "reset"}, {}}; };
  const auto began = watch.look(lost(0));
  REQUIRE(began.size() == 1);
  CHECK(began[0].notice == "policy unreachable: reset; its trees wait, for 10 s at most");
  CHECK(watch.look(lost(9)).empty());
  CHECK_FALSE(watch.beyond_patience());
  (void)watch.look(lost(10));
  CHECK(watch.beyond_patience());
  CHECK(watch.last_words() ==
        "policy unreachable for 10 s: reset. Nothing is lost: the same command goes on when it is back");
  const auto over = watch.look({});
  REQUIRE(over.size() == 1);
  CHECK(over[0].event == "policy reachable");
}

TEST_CASE("policy watch: endpoints that are lost, refused or back are told, pauses are not") {
  using Condition = policy::EndpointState::Condition;
  PolicyWatch watch("policy", seconds(10));
  const auto said = [&](Condition condition, const std::string& reason = {}) {
    const auto news = watch.look(endpoint_is(condition, reason));
    return news.empty() ? std::string() : news.front().notice;
  };
  CHECK(said(Condition::kReady).empty());
  CHECK(said(Condition::kPaused, "429").empty());
  CHECK(said(Condition::kLost, "reset") == "u does not answer: reset");
  CHECK(said(Condition::kLost, "refused").empty());
  CHECK(said(Condition::kPaused, "503") == "u is there again");
  CHECK(said(Condition::kReady).empty());
  CHECK(said(Condition::kRefused, "401") == "u refuses us for good: 401");
}

TEST_CASE("policy watch: an outage is over when a server is ready, and told once until then") {
  using Condition = policy::EndpointState::Condition;
  PolicyWatch watch("policy", seconds(10));
  const auto said = [&](bool out, Condition condition) {
    policy::Health health = endpoint_is(condition, "reset");
    if (out) health.outage = policy::Outage{seconds(1), "reset"};
    std::string events;
    for (const PolicyNews& news : watch.look(health)) events += news.event + ";";
    return events;
  };
  CHECK(said(false, Condition::kReady).empty());
  CHECK(said(true, Condition::kLost) == "endpoint;policy unreachable;");
  CHECK(said(false, Condition::kLost).empty());  // a canary was answered
  CHECK(said(true, Condition::kLost).empty());
  CHECK(said(false, Condition::kReady) == "endpoint;policy reachable;");
  CHECK(said(true, Condition::kLost) == "endpoint;policy unreachable;");
}

TEST_CASE("policy watch: of two models both must be answered before an outage is over") {
  using Condition = policy::EndpointState::Condition;
  PolicyWatch watch("policy", seconds(10));
  const auto said = [&](bool out, Condition first, Condition second) {
    policy::Health health;
    for (const auto& [model, condition] : {std::pair{"a", first}, std::pair{"b", second}}) {
      policy::EndpointState state;
      state.url = std::string("http://") + model;
      state.model = model;
      state.condition = condition;
      health.endpoints.push_back(state);
    }
    if (out) health.outage = policy::Outage{seconds(1), "reset"};
    std::string events;
    for (const PolicyNews& news : watch.look(health)) {
      if (news.event != "endpoint") events += news.event + ";";
    }
    return events;
  };
  CHECK(said(true, Condition::kLost, Condition::kLost) == "policy unreachable;");
  CHECK(said(false, Condition::kReady, Condition::kLost).empty());  // b's canary alone was answered
  CHECK(said(true, Condition::kReady, Condition::kLost).empty());
  CHECK(said(false, Condition::kReady, Condition::kReady) == "policy reachable;");
}

TEST_CASE("policy watch: what is found while a server works is told once") {
  using policy::Finding;
  PolicyWatch watch("policy", seconds(10));
  policy::Health health = endpoint_is(policy::EndpointState::Condition::kReady, "");
  auto& findings = health.endpoints.front().findings;
  findings = {{Finding::Kind::kCosts, "usage", "is not counted"}};
  CHECK(watch.look(health).empty());
  findings.push_back({Finding::Kind::kGood, "images", "are seen"});
  findings.push_back({Finding::Kind::kCosts, "lost siblings", "1"});
  const auto news = watch.look(health);
  REQUIRE(news.size() == 1);
  CHECK(news[0].event == "finding");
  CHECK(news[0].notice == "u: lost siblings: 1");
  findings.back().text = "2";
  CHECK(watch.look(health).empty());
}

TEST_CASE("budget: reservations add up and go back to nothing; both limits count") {
  Budget budget({.tokens = 100, .usd = 1});
  const Tariff tariff{{0, 0, 5000}, 10};
  CHECK(budget.limited());
  const Amount most = tariff.most(3, 7);
  CHECK(most.tokens == 30);
  CHECK(most.usd == doctest::Approx(0.15));
  CHECK(budget.fits({100, 1}));
  CHECK_FALSE(budget.fits({101, 0}));
  CHECK_FALSE(budget.fits({0, 1.01}));
  for (int i = 0; i < 3; ++i) budget.reserve({1, 0.1});
  CHECK(budget.reserved().tokens == 3);
  for (int i = 0; i < 3; ++i) budget.give_back({1, 0.1});
  CHECK(budget.reserved() == Amount{});
  CHECK(tariff.used({std::nullopt, std::nullopt, 20}, 2).tokens == 40);
  CHECK(Budget({}).fits({1'000'000, 1e9}));
  CHECK(rest_of({10, 1}, {4, 2}) == Amount{6, 0});
}

TEST_CASE("prompt gauge: a prompt is its root's and the most that was seen a byte") {
  PromptGauge prompts;
  CHECK(prompts.expect(400, std::nullopt) == 0);
  prompts.saw(0, 100, std::nullopt);
  prompts.saw(0, 60, std::nullopt);
  prompts.saw(200, 110, 60);
  prompts.saw(200, 70, 60);
  CHECK(prompts.expect(0, std::nullopt) == 100);
  CHECK(prompts.expect(400, std::nullopt) == 200);
  CHECK(prompts.expect(400, 60) == 160);
}

TEST_CASE("prompt gauge: where the root's tokens are not known, nothing is learned about a byte") {
  PromptGauge prompts;
  prompts.saw(10, 2000, std::nullopt);
  CHECK(prompts.expect(400, 60) == 60);
}
