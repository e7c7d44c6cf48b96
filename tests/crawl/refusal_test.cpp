#include "outcome.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ExitCode;

TEST_CASE("crawl: answers that came with the policy's refusal, or after it, are kept") {
  for (std::uint64_t order = 1; order < 12; ++order) {
    CAPTURE(order);
    const TemporaryFolder folder;
    Session session(folder.path(), order);
    session.policy.fault = [](std::size_t asked,
                              const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
      if (asked < 60 || sample.seed % 3 != 0) return std::nullopt;
      return refuses_us("401: no such key");
    };
    CHECK(exit_of(session) == ExitCode::kPolicy);
    CHECK(session.policy.answered > 20);
    CHECK(journaled(session) == session.policy.answered);
  }
}

TEST_CASE("crawl: what samples had cost that were stopped counts for the session") {
  for (const bool by_policy : {false, true}) {
    CAPTURE(by_policy);
    const TemporaryFolder folder;
    Session session(folder.path());
    session.policy.halves = true;
    if (by_policy) {
      session.policy.fault = [](std::size_t asked, const policy::Sample&) {
        return asked < 60 ? std::nullopt : std::optional(refuses_us("401: no such key"));
      };
      CHECK(exit_of(session) == ExitCode::kPolicy);
      const auto status = storage::read_file(session.run.file_system(), session.run.status(), 1U << 20U);
      CHECK(archive::progress_from_json(*status)->totals.usage.completion_tokens == session.policy.generated);
    } else {
      // In an outage nothing is waited for.
      session.policy.state = [&]() -> policy::Health {
        if (session.policy.asked.size() < 50) return {};
        session.policy.silent = session.stop = true;
        return outage(std::chrono::seconds(1));
      };
      CHECK(session.go().totals.usage.completion_tokens == session.policy.generated);
    }
    CHECK(session.policy.answered > 20);
    CHECK(journaled(session) == session.policy.answered);
  }
}

TEST_CASE("crawl: siblings that came before a refusal are counted with it, also after a resume") {
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return refused("400: too long");
  };
  const TemporaryFolder folder;
  Session first(folder.path());
  first.policy.halves = true;
  first.policy.fault = refuse;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 90; };
  const archive::Progress part = first.go();
  CHECK(part.state == archive::State::kInterrupted);
  CHECK(part.totals.refusals > 0);
  CHECK(part.totals.usage.completion_tokens == first.policy.generated);
  Session second(folder.path(), 3);
  second.policy.halves = true;
  second.policy.fault = refuse;
  const archive::Progress end = second.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.usage.completion_tokens == first.policy.generated + second.policy.generated);
}

TEST_CASE("crawl: a sample that the policy gave up is refused, counted, told, and never wrong") {
  const auto give_up = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return given_up("gave up after 42 attempts: 504: too slow");
  };
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return refused("400: too long");
  };
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.fault = give_up;
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.refusals > 0);
  CHECK(session.notes.said("gave up after 42 attempts: 504: too slow"));
  const TemporaryFolder other;
  Session refusing(other.path());
  refusing.policy.fault = refuse;
  (void)refusing.go();
  CHECK(delivered(folder.path()) == delivered(other.path()));
  Session again(folder.path());
  again.policy.fault = give_up;
  CHECK(again.go().state == archive::State::kFinished);
  CHECK(again.policy.asked.empty());
}

TEST_CASE("crawl: a prefix that is refused for good counts as failed, never as wrong, also after a resume") {
  const auto refuse = [](std::size_t, const policy::Sample& sample) -> std::optional<policy::Uncompleted> {
    if (sample.prefix != "add\n") return std::nullopt;
    return refused("400: too long");
  };
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.fault = refuse;
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.refusals > 0);
  const TemporaryFolder again;
  Session first(again.path(), 3);
  first.policy.fault = refuse;
  first.clock.on_tick = [&](std::uint64_t now) { first.stop = first.stop || now == 90; };
  (void)first.go();
  Session second(again.path(), 4);
  second.policy.fault = refuse;
  (void)second.go();
  CHECK(delivered(again.path()) == delivered(folder.path()));
}
