// What must hold for every strategy, whatever the policy answers.
#include "support.hpp"

#include <doctest/doctest.h>

using namespace viltree::search;
using namespace viltree::search::test;
using viltree::domain::TreeEvent;
using viltree::domain::Verdict;

namespace {

/// Every completion is the same word, of ten tokens a letter.
Answerer always(const std::string& word) {
  return [=](const SampleAction& action, const std::string& prefix) {
    auto event = answer_to(action, prefix, [&](const std::string&, std::uint32_t) { return word; });
    for (auto& rollout : event.rollouts)
      rollout.completion.tokens = static_cast<std::uint32_t>(10 * word.size());
    return event;
  };
}

/// Every completion is the same word, ended by itself, with this verdict.
Answerer always_ends(const std::string& word, Verdict verdict) {
  return [=](const SampleAction& action, const std::string& prefix) {
    auto event = always(word)(action, prefix);
    for (auto& rollout : event.rollouts) {
      rollout.verdict = verdict;
      rollout.completion.finish = viltree::domain::FinishReason::kStop;
    }
    return event;
  };
}

TreeEvent refuse(const SampleAction& action, const std::string&) {
  TreeEvent event;
  event.ticket = action.ticket;
  event.bill.model = "words";
  event.refusal = "400: prefix too long";
  return event;
}

Answerer random_words(std::uint64_t seed) {
  return [policy = RandomPolicy(seed)](const SampleAction& action, const std::string& prefix) {
    return answer_to(action, prefix, policy);
  };
}

/// The root is answered, everything below it is refused.
TreeEvent refuse_below(const SampleAction& action, const std::string& prefix) {
  return prefix.empty() ? random_words(5)(action, prefix) : refuse(action, prefix);
}

/// Fails the test instead of running for ever.
Answerer at_most(std::uint64_t answers, Answerer answer) {
  return [left = std::make_shared<std::uint64_t>(answers), answer = std::move(answer)](
             const SampleAction& action, const std::string& prefix) {
    REQUIRE((*left)-- > 0);
    return answer(action, prefix);
  };
}

struct Case {
  std::string name;
  Answerer answer;
};

std::vector<Case> odd_policies() {
  return {
      {"refuses everything", refuse},
      {"refuses all but the root", refuse_below},
      {"writes nothing, right", always_ends("", Verdict::kRight)},
      {"is cut off before it writes", always("")},
      {"is cut off in its second step", always("ab")},
      {"is cut off in its first step", always("a")},
      {"is always right", always("abcR")},
      {"is always wrong", always("abcW")},
      {"never gives an answer", always_ends("abcW", Verdict::kUnparsed)},
      {"is filtered", always_ends("abcW", Verdict::kFiltered)},
      {"ends at once, wrong", always("W")},
  };
}

void check_same(const Tree& a, const Tree& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(a.rollout_count() == b.rollout_count());
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    CHECK(a.step({i}) == b.step({i}));
    CHECK(a.node({i}).evidence == b.node({i}).evidence);
    CHECK(a.node({i}).labelled == b.node({i}).labelled);
  }
}

}  // namespace

TEST_CASE("every strategy ends, whatever the policy answers") {
  for (const StrategyInfo* strategy : strategies()) {
    for (const Case& one : odd_policies()) {
      CAPTURE(strategy->name);
      CAPTURE(one.name);
      Machine machine(make_strategy(strategy->name, {}), kLetters, {});
      answer_to_end(machine, at_most(5000, one.answer));
      CHECK(machine.finished());
      machine.tree().check_invariants();
    }
  }
}

TEST_CASE("every strategy: a finished solution is never rolled out, nor a step that was cut off") {
  for (const StrategyInfo* strategy : strategies()) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(strategy->name);
      CAPTURE(seed);
      Machine machine(make_strategy(strategy->name, {}), kLetters, {});
      answer_to_end(
          machine,
          [&](const SampleAction& action, const std::string& prefix) {
            CHECK_FALSE(machine.tree().node(action.node).terminal);
            CHECK(machine.tree().node(action.node).whole);
            return random_words(seed)(action, prefix);
          },
          seed);
    }
  }
}

TEST_CASE("every strategy: a budget of rollouts is kept and ends it") {
  for (const StrategyInfo* strategy : strategies()) {
    for (const std::uint64_t budget : {1U, 7U, 40U, 150U}) {
      CAPTURE(strategy->name);
      CAPTURE(budget);
      Machine machine(make_strategy(strategy->name, {}), kLetters,
                      {.seed = 0, .budget = {.rollouts = budget, .tokens = 0}});
      answer_to_end(machine, random_words(3), 11);
      CHECK(machine.tree().rollout_count() <= budget);
      CHECK(machine.finished());
      machine.tree().check_invariants();
    }
  }
}

TEST_CASE("every strategy: replaying its answers by ticket asks for the same and grows the same tree") {
  for (const StrategyInfo* strategy : strategies()) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(strategy->name);
      CAPTURE(seed);
      const MachineOptions options{.seed = seed, .budget = {}};
      std::map<std::uint32_t, std::pair<SampleAction, TreeEvent>> journal;
      Machine first(make_strategy(strategy->name, {}), kLetters, options);
      answer_to_end(
          first,
          [&](const SampleAction& action, const std::string& prefix) {
            const TreeEvent event = random_words(seed)(action, prefix);
            journal[action.ticket.value] = {action, event};
            return event;
          },
          seed);
      Machine again(make_strategy(strategy->name, {}), kLetters, options);
      const auto check_asked = [&](const std::vector<SampleAction>& actions) {
        for (const SampleAction& action : actions) CHECK(journal.at(action.ticket.value).first == action);
      };
      check_asked(again.start());
      for (const auto& entry : journal) check_asked(*again.apply(entry.second.second));
      CHECK(again.finished());
      check_same(first.tree(), again.tree());
    }
  }
}
