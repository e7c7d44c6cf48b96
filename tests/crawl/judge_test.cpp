#include "outcome.hpp"
#include "support.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::crawl;
using namespace viltree::crawl::test;
using core::ExitCode;
using core::FatalError;
using domain::Verdict;

namespace {

std::vector<search::StoredTree> trees_of(const Session& session) {
  std::vector<search::StoredTree> trees;
  const auto manifest = **storage::load_manifest(session.run.file_system(), session.run.manifest());
  for (const storage::UnitEntry& unit : manifest.units) {
    const auto reader =
        *storage::LineFileReader::open(session.run.file_system(), session.run.path(unit.tree_archive.path));
    REQUIRE(reader.for_each_line([&](std::uint64_t, std::string_view line) -> core::Status {
      trees.push_back(*codec::decode_tree(line));
      return {};
    }));
  }
  return trees;
}

/// What an undisturbed crawl with a judge delivers.
const std::map<std::string, std::string>& undisturbed_judged() {
  static const std::map<std::string, std::string> kFiles = [] {
    const TemporaryFolder folder;
    Session session(folder.path());
    session.add_judge();
    (void)session.go();
    return delivered(folder.path());
  }();
  return kFiles;
}

/// Questions that were asked more than once.
std::size_t asked_twice(std::vector<std::pair<std::string, std::string>> questions) {
  std::sort(questions.begin(), questions.end());
  return static_cast<std::size_t>(questions.end() - std::unique(questions.begin(), questions.end()));
}

std::string error_of(Session& session, ExitCode expected) {
  try {
    (void)session.go();
  } catch (const FatalError& error) {
    CHECK(error.code() == expected);
    return error.what();
  }
  return "(it ended well)";
}

}  // namespace

TEST_CASE("judge: it is asked once about each final answer, and its word is the verdict") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(asked_twice(session.judge.questions) == 0);
  CHECK(end.totals.judge.asked() == session.judge.questions.size());
  CHECK(end.totals.judge.of_untold.decided() == end.totals.judge.asked());
  CHECK_FALSE(end.totals.judge.agreement().has_value());  // the rules can tell nothing here
  CHECK(end.totals.judge.usage.completion_tokens == session.judge.generated);
  CHECK(end.totals.usage.completion_tokens == session.policy.generated);
  CHECK(end.totals.verdicts.of(Verdict::kRight) > 0);
  CHECK(end.totals.verdicts.of(Verdict::kWrong) > 0);
  CHECK(end.totals.verdicts.total() == end.totals.rollouts);
  std::uint64_t rulings = 0;
  for (const search::StoredTree& stored : trees_of(session)) {
    rulings += stored.rulings.size();
    std::map<std::string, Verdict> said;
    for (const domain::Ruling& ruling : stored.rulings) {
      CHECK(ruling.verdict == (ruling.answer == "1" ? Verdict::kRight : Verdict::kWrong));
      CHECK(ruling.rules == Verdict::kUnparsed);
      CHECK(ruling.bill.model == "fake");
      CHECK(said.emplace(ruling.answer, ruling.verdict).second);
    }
    for (const search::RolloutRecord& rollout : stored.tree.rollouts()) {
      if (rollout.finish != domain::FinishReason::kStop) continue;
      CHECK(rollout.verdict == said.at(std::string(*stored.tree.answer(rollout))));
    }
  }
  CHECK(rulings == end.totals.judge.asked());
}

TEST_CASE("judge: the order of its answers and the policy's changes no byte") {
  for (const std::uint64_t order : {2, 3, 4}) {
    const TemporaryFolder folder;
    Session session(folder.path(), order);
    session.add_judge();
    session.judge.sequences = static_cast<std::uint32_t>(order - 1);
    session.options.open_trees = order == 3 ? 1 : 0;
    (void)session.go();
    CHECK(delivered(folder.path()) == undisturbed_judged());
  }
}

TEST_CASE("judge: a run that is stopped anywhere goes on without asking again what was answered") {
  for (std::uint64_t stop_at = 3; stop_at < 60; stop_at += 3) {
    CAPTURE(stop_at);
    const TemporaryFolder folder;
    std::vector<std::pair<std::string, std::string>> questions;
    std::size_t samples = 0;
    std::set<FakePolicy::Asked> different;
    archive::Progress end;
    for (std::uint64_t session_number = 1; session_number < 40; ++session_number) {
      Session session(folder.path(), stop_at + session_number);
      session.add_judge();
      session.clock.on_tick = [&, tick = 0U](std::uint64_t) mutable {
        if (++tick == stop_at) session.stop = true;
      };
      end = session.go();
      questions.insert(questions.end(), session.judge.questions.begin(), session.judge.questions.end());
      samples += session.policy.asked.size();
      different.insert(session.policy.asked.begin(), session.policy.asked.end());
      if (end.state == archive::State::kFinished) break;
    }
    if (end.state != archive::State::kFinished) {
      Session session(folder.path());
      session.add_judge();
      end = session.go();
      questions.insert(questions.end(), session.judge.questions.begin(), session.judge.questions.end());
      samples += session.policy.asked.size();
      different.insert(session.policy.asked.begin(), session.policy.asked.end());
    }
    CHECK(asked_twice(questions) == 0);
    CHECK(samples == different.size());
    CHECK(end.totals.judge.asked() == questions.size());
    CHECK(end.totals.verdicts.total() == end.totals.rollouts);
    CHECK(delivered(folder.path()) == undisturbed_judged());
  }
}

TEST_CASE("judge: one that says neither, or refuses, makes failures, and never a wrong answer") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  SUBCASE("neither") {
    session.judge.reply = [](const std::string&) { return "I cannot say."; };
  }
  SUBCASE("refuses") {
    session.judge.fault = [](std::size_t, const policy::Sample&) {
      return refused("400: no such words here");
    };
  }
  SUBCASE("is given up") {
    session.judge.fault = [](std::size_t, const policy::Sample&) { return given_up("504: too slow"); };
  }
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(end.totals.judge.of_untold.of(Verdict::kFailed) == end.totals.judge.asked());
  CHECK(end.totals.verdicts.of(Verdict::kWrong) == 0);
  CHECK(end.totals.verdicts.of(Verdict::kRight) == 0);
  CHECK(end.totals.verdicts.of(Verdict::kFailed) > 0);
  CHECK(session.notes.said("neither right nor wrong"));
  CHECK(end.totals.rows == 0);
}

TEST_CASE("judge: a reply that was cut off decides nothing") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  session.judge.reply = [](const std::string&) { return "Verdict: right"; };
  session.judge.cut = true;
  const archive::Progress end = session.go();
  CHECK(end.totals.judge.asked() > 0);
  CHECK(end.totals.judge.of_untold.of(Verdict::kFailed) == end.totals.judge.asked());
}

TEST_CASE("judge: failures that pass are waited for, and no byte shows them") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  session.judge.stumbles = [times = 0](const policy::Sample&) mutable { return ++times % 2 == 0; };
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed_judged());
}

TEST_CASE("judge: while it cannot be reached its trees wait; beyond the patience the run ends, and goes on") {
  const TemporaryFolder folder;
  {
    Session session(folder.path());
    session.add_judge();
    session.options.patience = std::chrono::seconds(5);
    session.judge.silent = true;
    session.judge.state = [&session] {
      const auto lasts = std::chrono::duration_cast<std::chrono::milliseconds>(session.clock.time());
      return policy::Health{policy::Outage{lasts, "connection refused"}, {}};
    };
    const std::string error = error_of(session, ExitCode::kPolicy);
    CHECK(error.find("judge unreachable for 5 s: connection refused") == 0);
    CHECK(session.notes.said("judge unreachable: connection refused; its trees wait"));
  }
  Session again(folder.path());
  again.add_judge();
  CHECK(again.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed_judged());
}

TEST_CASE("judge: a refusal of the key ends the run with what to do") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  session.judge.fault = [](std::size_t, const policy::Sample&) { return refuses_us("401: no such key"); };
  CHECK(error_of(session, ExitCode::kPolicy) == "401: no such key");
}

TEST_CASE("judge: asked about all answers, it is compared with the rules") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.add_judge();
  session.source.answer = "1";  // which the rules can tell
  SUBCASE("undecided: nothing is asked") {
    const archive::Progress end = session.go();
    CHECK(end.totals.judge.asked() == 0);
    CHECK(session.judge.questions.empty());
    CHECK(end.totals.verdicts.of(Verdict::kRight) > 0);
    CHECK(describe(end.totals.judge).empty());
  }
  SUBCASE("not-right: what the rules call wrong is asked") {
    session.options.judge.ask = checker::Ask::kNotRight;
    const archive::Progress end = session.go();
    CHECK(end.totals.judge.asked() == end.totals.judge.of_wrong.of(Verdict::kWrong));
    CHECK(end.totals.judge.agreement() == 1.0);
  }
  SUBCASE("all, and the judge has the last word") {
    session.options.judge.ask = checker::Ask::kAll;
    session.judge.reply = [](const std::string&) { return "right"; };
    const archive::Progress end = session.go();
    const archive::JudgeTotals& judge = end.totals.judge;
    CHECK(judge.of_right.total() + judge.of_wrong.total() == judge.asked());
    CHECK(judge.of_right.of(Verdict::kRight) == judge.of_right.total());
    CHECK(judge.of_wrong.of(Verdict::kRight) == judge.of_wrong.total());
    const double agreement = static_cast<double>(judge.of_right.total()) / static_cast<double>(judge.asked());
    CHECK(judge.agreement() == doctest::Approx(agreement));
    CHECK(end.totals.verdicts.of(Verdict::kWrong) == 0);
    CHECK(describe(judge).find("as the rules ") != std::string::npos);
    // A later session, and a reader of status.json, count the same.
    Session again(folder.path());
    again.add_judge();
    const archive::JudgeTotals later = again.go().totals.judge;
    CHECK(later.of_right == judge.of_right);
    CHECK(later.of_wrong == judge.of_wrong);
    CHECK(later.usage == judge.usage);
    const archive::JudgeTotals read = archive::progress_from_json(to_json(end, "now"))->totals.judge;
    CHECK(read.of_right == judge.of_right);
    CHECK(read.of_wrong == judge.of_wrong);
    CHECK(read.usage == judge.usage);
    const std::string metric = "viltree_rulings{judge=\"right\",rules=\"right\"} ";
    CHECK(to_metrics(end).find(metric + std::to_string(judge.of_right.total())) != std::string::npos);
  }
}

TEST_CASE("judge: without one, its problems are put aside with what to do") {
  const TemporaryFolder folder;
  Session session(folder.path());
  session.source.kind = domain::AnswerKind::kJudge;
  const archive::Progress end = session.go();
  CHECK(end.totals.rejected == 14);
  CHECK(session.policy.asked.empty());
  CHECK(session.notes.said("answer type 'judge' needs a model that decides"));
}

TEST_CASE("judge: what it generates counts in the run's budget, which is never passed") {
  std::uint64_t all = 0;
  {
    const TemporaryFolder folder;
    Session session(folder.path());
    session.add_judge();
    (void)session.go();
    all = session.policy.generated + session.judge.generated;
  }
  for (const std::uint64_t part : {1, 2, 3}) {
    const TemporaryFolder folder;
    Session session(folder.path());
    session.add_judge();
    session.options.judge.max_tokens = 16;
    session.options.budget.tokens = all * part / 4;
    const archive::Progress end = session.go();
    CHECK(end.state == archive::State::kBudget);
    CHECK(session.policy.generated + session.judge.generated <= session.options.budget.tokens);
    Session more(folder.path());
    more.add_judge();
    CHECK(more.go().state == archive::State::kFinished);
    CHECK(delivered(folder.path()) == undisturbed_judged());
  }
}

namespace {

/// One that is tried at the start, and knows what is blue.
void add_tried_judge(Session& session) {
  session.add_judge();
  session.options.judge.trial = true;
  session.judge.reply = [knows = session.judge.reply](const std::string& question) {
    return question.find("<answer>blue</answer>") != std::string::npos ? "Verdict: right" : knows(question);
  };
}

}  // namespace

TEST_CASE("judge: it is tried at the start with a right and a wrong answer, and no byte shows it") {
  const TemporaryFolder folder;
  Session session(folder.path());
  add_tried_judge(session);
  std::size_t asked_by_then = 0;
  session.policy.on_start = [&]() -> core::Status {
    asked_by_then = session.judge.questions.size();
    return {};
  };
  const archive::Progress end = session.go();
  CHECK(end.state == archive::State::kFinished);
  CHECK(asked_by_then == 2);
  CHECK(session.judge.questions.size() == end.totals.judge.asked() + 2);
  CHECK(session.judge.questions[0].second.find("<answer>blue</answer>") != std::string::npos);
  CHECK(session.judge.questions[1].second.find("<answer>red</answer>") != std::string::npos);
  CHECK(delivered(folder.path()) == undisturbed_judged());
}

TEST_CASE("judge: one that cannot be used ends the run with its words before the policy is asked anything") {
  const TemporaryFolder folder;
  Session session(folder.path());
  add_tried_judge(session);
  bool policy_was_started = false;
  session.policy.on_start = [&]() -> core::Status {
    policy_was_started = true;
    return {};
  };
  std::string why;
  SUBCASE("it says neither") {
    session.judge.reply = [](const std::string&) { return "I cannot\x1b say."; };
    why = "it said \"I cannot\\x1B say.\", which is neither";
  }
  SUBCASE("it says that everything is right") {
    session.judge.reply = [](const std::string&) { return "Verdict: right"; };
    why =
        "asked whether the answer \"red\" is right where the reference is \"blue\", it said \"Verdict: "
        "right\", "
        "which is the contrary";
  }
  SUBCASE("it says the contrary") {
    session.judge.reply = [](const std::string&) { return "Verdict: wrong"; };
    why = "the contrary of what is so: look at judge.prompt.user";
  }
  SUBCASE("it is cut off") {
    session.judge.cut = true;
    why = "raise judge.max_tokens";
  }
  SUBCASE("its server refuses") {
    session.judge.fault = [](std::size_t, const policy::Sample&) {
      return refused("HTTP 400: no such words");
    };
    why = "it fails: HTTP 400: no such words";
  }
  SUBCASE("its server refuses us") {
    session.judge.fault = [](std::size_t, const policy::Sample&) {
      return refuses_us("HTTP 401: no such key");
    };
    why = "it fails: HTTP 401: no such key";
  }
  const std::string error = error_of(session, ExitCode::kPolicy);
  CHECK(error.find("the judge cannot be used: ") == 0);
  CHECK_MESSAGE(error.find(why) != std::string::npos, error);
  CHECK_FALSE(policy_was_started);
  CHECK(session.policy.asked.empty());
}

TEST_CASE("judge: a slip of chance at its trial is forgiven") {
  const TemporaryFolder folder;
  Session session(folder.path());
  add_tried_judge(session);
  session.judge.reply = [knows = session.judge.reply, times = 0](const std::string& question) mutable {
    return ++times == 1 ? std::string("Well.") : knows(question);
  };
  CHECK(session.go().state == archive::State::kFinished);
  CHECK(delivered(folder.path()) == undisturbed_judged());
}

TEST_CASE("judge: an outage at its trial is waited for as later, and a stop ends it") {
  const TemporaryFolder folder;
  Session session(folder.path());
  add_tried_judge(session);
  session.options.patience = std::chrono::seconds(5);
  session.judge.silent = true;
  SUBCASE("beyond the patience") {
    session.judge.state = [&session] {
      const auto lasts = std::chrono::duration_cast<std::chrono::milliseconds>(session.clock.time());
      return policy::Health{policy::Outage{lasts, "connection refused"}, {}};
    };
    CHECK(error_of(session, ExitCode::kPolicy).find("judge unreachable for 5 s: connection refused") == 0);
    CHECK(session.notes.said("judge unreachable: connection refused"));
  }
  SUBCASE("stopped") {
    session.judge.state = [&session] {
      session.stop = true;
      return policy::Health{};
    };
    CHECK(session.go().state == archive::State::kInterrupted);
  }
  CHECK(session.policy.asked.empty());
}
