#include "intake.hpp"

#include "outcome.hpp"
#include "rooms.hpp"
#include "run_journal.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/storage/journal.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;

namespace {

/// The rooms with the way in.
struct Inlet : Rooms {
  explicit Inlet(Session& session)
      : Rooms(session),
        journal(options, parts),
        intake(options, {clients, trees, units, spending, journal, teller, machines, arena}) {}

  /// Opens the next tree, and sends the first that it wants.
  OpenTree& open() {
    OpenTree& tree = *opening.open_next();
    clients.want(tree);
    send();
    return tree;
  }
  void send() {
    PolicyClient& policy = clients.policy();
    const Wanted next = *policy.queue().next();
    policy.queue().pop();
    policy.send(next, trees.at(next.problem), {});
  }
  /// What has come is taken, all at once.
  void take(const Session& session) { intake.take(mailbox->take(session.clock, {}, {}, 1)); }

  RunJournal journal;
  Intake intake;
};

/// What became of the only action of p0 that was sent.
Letter ended(policy::Uncompleted why) {
  return {Asked::kPolicy, {0}, {1}, tl::make_unexpected(std::move(why))};
}

}  // namespace

TEST_CASE("intake: what has come is journaled and applied, and its tree wants more until it is finished") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Inlet inlet(session);
  inlet.open();
  session.policy.deliver_one();
  inlet.take(session);
  CHECK(journaled(session) == 1);
  CHECK(inlet.spending.totals().answers == 1);
  CHECK(inlet.spending.totals().verdicts.total() == 3);
  REQUIRE(inlet.trees.size() == 1);
  REQUIRE_FALSE(inlet.clients.policy().queue().empty());
  std::size_t answers = 1;
  while (inlet.trees.size() > 0) {
    inlet.send();
    session.policy.deliver_one();
    inlet.take(session);
    CHECK(journaled(session) == ++answers);
  }
  CHECK(inlet.spending.totals().trees == 1);
  CHECK(inlet.units.held_bytes() > 0);
  CHECK(inlet.clients.at_rest());
}

TEST_CASE("intake: what comes together shares a frame of the journal, whichever trees it is of") {
  const TemporaryFolder folder;
  Session session(folder.path());
  Inlet inlet(session);
  inlet.open();
  inlet.open();
  for (int i = 0; i < 2; ++i) session.policy.deliver_one();
  inlet.take(session);
  const auto all = [](std::string_view, std::uint64_t) { return core::Status(); };
  const auto read = storage::read_journal(session.run.file_system(), session.run.journal(), 0, all);
  CHECK(read->records == 2);
  CHECK(read->frames == 1);
}

TEST_CASE("intake: a refusal is journaled and told; of what was stopped nothing is kept") {
  const TemporaryFolder folder;
  for (const bool refusal : {false, true}) {
    CAPTURE(refusal);
    Session session(folder.path() / (refusal ? "refused" : "stopped"));
    Inlet inlet(session);
    inlet.open();
    inlet.intake.take({ended(refusal ? given_up("gave up: 504") : stopped("stopped"))});
    CHECK(journaled(session) == (refusal ? 1 : 0));
    CHECK(inlet.spending.totals().refusals == (refusal ? 1 : 0));
    CHECK(inlet.spending.totals().verdicts.total() == 0);
    CHECK(session.notes.said("problem 'p0': gave up: 504") == refusal);
    CHECK((events_of(session).find(R"("reason":"gave up: 504")") != std::string::npos) == refusal);
    CHECK(inlet.clients.requests() == 0);
  }
}

TEST_CASE("crawl: by entropy, completions without log-probabilities are cut by line, told once and counted") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.options.search.steps.splitter = "entropy";
  const archive::Progress progress = session.go();
  CHECK(delivered(folder.path()) == undisturbed());
  const auto about =
      std::count_if(session.notes.lines.begin(), session.notes.lines.end(),
                    [](const auto& line) { return line.find("log-probabilities") != std::string::npos; });
  CHECK(about == 2);
  CHECK(session.notes.said("'fake' gave no log-probabilities"));
  CHECK(
      session.notes.said(std::to_string(progress.totals.rollouts) + " completions had no log-probabilities"));
}
