#include "outcome.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <utility>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ErrorKind;
using core::ExitCode;

TEST_CASE("crawl: an outage is told, opens no tree, and changes no label") {
  const TemporaryFolder folder;
  Session session(folder.path());
  const auto lost = [&] { return session.policy.asked.size() >= 50 && session.clock.ticks() < 400; };
  std::uint64_t most_open = 0;
  session.policy.state = [&] {
    session.policy.silent = lost();
    return lost() ? outage(std::chrono::seconds(1)) : policy::Health{};
  };
  session.notes.on_progress = [&](const archive::Progress& progress) {
    if (!progress.message.empty()) most_open = std::max(most_open, progress.trees_open);
  };
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(session.notes.said("policy unreachable: connection refused; its trees wait"));
  CHECK(session.notes.said("policy reachable again"));
  CHECK(session.notes.last.totals.verdicts.of(domain::Verdict::kFailed) == 0);
  CHECK(most_open < 14);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: an outage beyond the patience ends the session, and the next one goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.options.patience = std::chrono::seconds(5);
  first.policy.state = [&]() -> policy::Health {
    if (first.policy.asked.size() < 50) return {};
    first.policy.silent = true;
    return outage(std::chrono::milliseconds(first.clock.ticks() * 10));
  };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  CHECK(first.notes.said("policy unreachable for 5 s: connection refused"));
  Session second(folder.path());
  CHECK(second.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: answers that came before the patience was over are kept") {
  for (std::uint64_t order = 1; order < 12; ++order) {
    CAPTURE(order);
    const TemporaryFolder folder;
    Session session(folder.path(), order);
    session.options.patience = std::chrono::seconds(1);
    session.policy.state = [&] {
      const bool over = session.policy.asked.size() >= 50;
      // One more comes at the very end.
      if (over) session.policy.deliver_one();
      return over ? outage(std::chrono::seconds(2)) : policy::Health{};
    };
    CHECK(exit_of(session) == ExitCode::kPolicy);
    CHECK(session.policy.answered > 20);
    CHECK(journaled(session) == session.policy.answered);
  }
}

TEST_CASE("crawl: stopped in an outage, it leaves at once, and keeps what had come") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.state = [&]() -> policy::Health {
    if (first.policy.asked.size() < 50) return {};
    first.policy.silent = true;
    first.stop = true;
    return outage(std::chrono::seconds(1));
  };
  CHECK(first.go().state == archive::State::kInterrupted);
  CHECK(first.policy.held() == 0);
  CHECK_FALSE(first.notes.said("stopping: waiting for"));
  Session second(folder.path(), 2);
  CHECK(second.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
  CHECK(asked_twice(first.policy, second.policy) <= first.policy.sequences);
}

TEST_CASE("crawl: stopped while the policy starts, it leaves at once, and the same crawl goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  std::promise<void> stopped;
  first.policy.on_start = [&]() -> core::Status {
    first.stop = true;
    stopped.get_future().wait();
    return core::fail(ErrorKind::kCancelled, "stopped");
  };
  first.policy.on_stop = [&, once = true]() mutable {
    if (std::exchange(once, false)) stopped.set_value();
  };
  CHECK(first.go().state == archive::State::kInterrupted);
  CHECK(first.policy.asked.empty());
  Session second(folder.path());
  second.stop = true;  // before the start: it is not even tried
  second.policy.on_start = [] { return core::Status(core::fail(ErrorKind::kTransient, "was started")); };
  CHECK(second.go().state == archive::State::kInterrupted);
  Session third(folder.path());
  CHECK(third.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: a policy that does not start ends the session, and the next one goes on") {
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.on_start = [] { return core::Status(core::fail(ErrorKind::kTransient, "nobody there")); };
  CHECK(exit_of(first) == ExitCode::kPolicy);
  Session second(folder.path());
  CHECK(second.go().state == archive::State::kFinished);
}

TEST_CASE("crawl: samples that take long because they fail again and again change no label") {
  const TemporaryFolder folder;
  Session session(folder.path());
  std::map<std::uint64_t, int> failures;  // by seed
  session.policy.stumbles = [&](const policy::Sample& sample) {
    return sample.seed % 7 == 0 && ++failures[sample.seed] <= 42;
  };
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(failures.size() > 3);
  CHECK(end.totals.refusals == 0);
  CHECK(delivered(folder.path()) == undisturbed());
}

TEST_CASE("crawl: when it stops the policies are told, so that nothing rests that is waited for") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  session.clock.on_tick = [&](std::uint64_t tick) { session.stop = session.stop || tick == 60; };
  CHECK(session.go().state == archive::State::kInterrupted);
  CHECK(session.policy.winds_down);
  CHECK(session.judge.winds_down);
}
