#include "rooms.hpp"

#include "sending.hpp"
#include "support.hpp"

#include <cstdint>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;

namespace {

constexpr Next kNext{{0}, 100, false};

}  // namespace

TEST_CASE(
    "admission: a tree is opened where the policy has room that nothing waits for, or it is among the last") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.sequences = 8;
  Rooms rooms(session);
  CHECK(rooms.admission().room_for(kNext));
  rooms.clients.policy().want(wanted(1, 7));
  CHECK(rooms.admission().room_for(kNext));
  rooms.clients.policy().want(wanted(2, 1));
  CHECK_FALSE(rooms.admission().room_for(kNext));
  CHECK_FALSE(rooms.admission().admits(kNext));
  CHECK(rooms.admission().room_for({{0}, 0, false}));
}

TEST_CASE("admission: where memory is full, trees are opened of the unit alone that all others wait for") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.memory_bytes = 0;
  Rooms rooms(session);
  CHECK(rooms.admission().admits({{3}, 100, false}));
  CHECK_FALSE(rooms.admission().memory_for({{4}, 100, false}));
}

TEST_CASE("admission: trees of the third unit wait for the kernel, where it makes a difference") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Rooms rooms(session);
  CHECK(rooms.admission(true).kernel_for({{7}, 100, false}));
  CHECK_FALSE(rooms.admission(true).kernel_for({{8}, 100, false}));
  CHECK(rooms.admission(false).kernel_for({{8}, 100, false}));
}

TEST_CASE("admission: the budget must have room for a request, unless the tree was begun already") {
  const TemporaryFolder folder;
  for (const std::uint64_t tokens : {31U, 32U}) {
    Session session(folder.path());
    session.options.budget.tokens = tokens;
    Rooms rooms(session);
    CHECK(rooms.admission().budget_for(kNext) == (tokens == 32));
    CHECK(rooms.admission().budget_for({{0}, 100, true}));
  }
}

TEST_CASE("spending: what may be used is reserved first, and what stopped samples cost is used") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.budget.tokens = 100;
  Rooms rooms(session);
  CHECK(rooms.spending.reserve({60, 0}));
  CHECK_FALSE(rooms.spending.reserve({60, 0}));
  rooms.spending.give_back({60, 0});
  CHECK(rooms.spending.reserve({60, 0}));
  rooms.spending.give_back({60, 0});
  OpenTree* const tree = rooms.opening.open_next();
  REQUIRE(tree != nullptr);
  rooms.clients.policy().send(wanted(1, 1), *tree, {});
  const Letter stopped{Asked::kPolicy,
                       {0},
                       {1},
                       tl::make_unexpected(policy::Uncompleted{
                           policy::Uncompleted::Why::kStopped, "stopped", {{10, 0, 50}, 1, 2, "fake"}})};
  CHECK(rooms.clients.of(Asked::kPolicy).take_back(stopped) == Amount{});
  CHECK_FALSE(rooms.spending.reserve({51, 0}));
  CHECK(rooms.spending.reserve({50, 0}));
  CHECK(rooms.spending.totals_of_session().usage.completion_tokens == 50);
  CHECK_FALSE(rooms.spending.totals().usage.completion_tokens.has_value());
}

TEST_CASE("clients: each says what it is asked, and what that may cost") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.policy.wasteful = true;  // twice as many completions as were asked for
  session.options.prices = {0, 0, 1e6};
  session.options.budget.usd = 1;
  Rooms rooms(session);
  OpenTree* const tree = rooms.opening.open_next();
  REQUIRE(tree != nullptr);
  rooms.clients.want(*tree);
  const auto first = rooms.clients.policy().queue().next();
  REQUIRE(first.has_value());
  const std::uint64_t completions = std::uint64_t{2} * first->n;
  CHECK(rooms.clients.policy().most(*first, *tree).tokens == completions * 32);
  CHECK(rooms.clients.policy().most_at_root().tokens == completions * 32);
  rooms.clients.policy().send(*first, *tree, {});
  CHECK(rooms.clients.requests() == 1);
  CHECK(rooms.clients.awaited() == first->n);
  CHECK(session.policy.asked.back().problem == "p0");
  CHECK(session.policy.asked.back().prefix.empty());
}

TEST_CASE("sending: what the budget can never pay is given up, once nothing is in flight") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.budget.tokens = 10;
  Rooms rooms(session);
  OpenTree* const tree = rooms.opening.open_next();
  REQUIRE(tree != nullptr);
  rooms.clients.want(*tree);
  Sending(rooms.clients, rooms.trees, rooms.spending).send();
  CHECK(session.policy.asked.empty());
  CHECK(rooms.clients.at_rest());
  CHECK(rooms.trees.any_given_up());
  CHECK(rooms.trees.growing() == 0);
  CHECK(rooms.trees.size() == 1);
}

TEST_CASE("open trees: their weight is that of all, and goes with them") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Rooms rooms(session);
  OpenTree* const one = rooms.opening.open_next();
  OpenTree* const two = rooms.opening.open_next();
  REQUIRE(two != nullptr);
  CHECK(rooms.trees.bytes() == one->memory_bytes() + two->memory_bytes());
  rooms.trees.give_up({0});
  CHECK(rooms.trees.growing() == 1);
  const std::uint64_t weight = two->memory_bytes();
  CHECK(rooms.trees.remove({0})->problem().id == "p0");
  CHECK(rooms.trees.bytes() == weight);
  CHECK_FALSE(rooms.trees.any_given_up());
}
