#include "report.hpp"

#include "outcome.hpp"
#include "rooms.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/storage/file_system.hpp>

#include <chrono>
#include <cstdint>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;

namespace {

archive::Progress written(const Session& session) {
  return *archive::progress_from_json(
      *storage::read_file(session.run.file_system(), session.run.status(), 1U << 20U));
}

Report report_of(const Rooms& rooms, Clients& clients) {
  return {rooms.parts, {clients, rooms.trees, rooms.units, rooms.spending}};
}

}  // namespace

TEST_CASE("report: what is open and in flight, of how many problems, and what an outage is waited for") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Rooms rooms(session);
  const Report report = report_of(rooms, rooms.clients);
  OpenTree* const tree = rooms.opening.open_next();
  REQUIRE(tree != nullptr);
  rooms.clients.policy().send(wanted(1, 3), *tree, {});
  const archive::Progress progress = report.progress(archive::State::kRunning);
  CHECK(progress.model == "fake");
  CHECK(progress.problems == 14);
  CHECK(progress.trees_open == 1);
  CHECK(progress.sequences_in_flight == 3);
  CHECK(progress.requests == 1);
  CHECK(progress.units_committed == 0);
  CHECK(progress.message.empty());
  session.policy.state = [] { return outage(std::chrono::seconds(1)); };
  (void)rooms.clients.policy().watch().look(session.policy.health());
  CHECK(report.progress(archive::State::kRunning).message == "policy unreachable: connection refused");
}

TEST_CASE("report: told ten times a second, and written every two seconds, or at once") {
  using std::chrono::milliseconds;
  const TemporaryFolder folder;
  Session session(folder.path());
  Rooms rooms(session);
  Report report = report_of(rooms, rooms.clients);
  const core::Clock::Duration begin = session.clock.time();
  report.tell(archive::State::kRunning, begin, true);
  CHECK_FALSE(report.due(begin + milliseconds(99)));
  CHECK(report.due(begin + milliseconds(100)));
  report.tell(archive::State::kStopping, begin + milliseconds(1999), false);
  CHECK(session.notes.last.state == archive::State::kStopping);
  CHECK(written(session).state == archive::State::kRunning);
  report.tell(archive::State::kStopping, begin + milliseconds(2000), false);
  CHECK(written(session).state == archive::State::kStopping);
  report.tell(archive::State::kInterrupted, begin + milliseconds(2001), true);
  CHECK(written(session).state == archive::State::kInterrupted);
}

TEST_CASE("report: the last word of a session that failed is why") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Rooms rooms(session);
  report_of(rooms, rooms.clients).tell_failure("the disk is full");
  CHECK(written(session).state == archive::State::kFailed);
  CHECK(written(session).message == "the disk is full");
}

TEST_CASE("crawl: what a server lacks is told at the start, and its changes of condition") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.state = [&] {
    policy::EndpointState endpoint;
    endpoint.url = "http://127.0.0.1:1/v1";
    endpoint.model = "m";
    endpoint.findings = {{policy::Finding::Kind::kCosts, "usage", "no cached tokens"},
                         {policy::Finding::Kind::kGood, "siblings", "in one request"}};
    const bool lost = session.policy.asked.size() > 30 && session.policy.asked.size() < 90;
    endpoint.condition =
        lost ? policy::EndpointState::Condition::kLost : policy::EndpointState::Condition::kReady;
    endpoint.reason = lost ? "reset" : "";
    return policy::Health{std::nullopt, {endpoint}};
  };
  const archive::Progress end = session.go();
  CHECK(session.notes.said("http://127.0.0.1:1/v1 (m): usage: no cached tokens"));
  CHECK_FALSE(session.notes.said("in one request"));
  CHECK(session.notes.said("http://127.0.0.1:1/v1 (m) does not answer: reset"));
  CHECK(session.notes.said("http://127.0.0.1:1/v1 (m) is there again"));
  REQUIRE(end.endpoints.size() == 1);
  CHECK(end.endpoints[0].condition == "ready");
  REQUIRE(end.endpoints[0].costs.size() == 1);
  CHECK(end.endpoints[0].costs[0].text == "no cached tokens");
}

TEST_CASE("crawl: the share of the least prefill is told of finished trees, also after a resume") {
  const TemporaryFolder folder;
  Session whole(folder.path());
  whole.policy.cache = true;
  const archive::Totals undisturbed_totals = whole.go().totals;
  REQUIRE(undisturbed_totals.prefill_share().has_value());
  CHECK(*undisturbed_totals.prefill_share() > 0);
  const TemporaryFolder other;
  Session first(other.path());
  first.policy.cache = true;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 90; };
  (void)first.go();
  Session second(other.path(), 5);
  second.policy.cache = true;
  const archive::Totals resumed = second.go().totals;
  CHECK(resumed.prefill_bound == undisturbed_totals.prefill_bound);
  CHECK(resumed.prefill_computed == undisturbed_totals.prefill_computed);
  Session third(other.path());
  CHECK(third.go().totals.prefill_bound == resumed.prefill_bound);
}
