// Each preset against a small example worked by hand from its publication. A letter is a step; R ends a
// solution with the right answer, W with a wrong one.
#include "support.hpp"

#include <cmath>

#include <doctest/doctest.h>

using namespace viltree::search;
using namespace viltree::search::test;

namespace {

/// A policy whose completions have log-probabilities: `chance` is the probability of each of its tokens.
struct Word {
  std::string text;
  double chance = 1;
};
using Words = std::map<std::string, std::vector<Word>>;

Answerer with_logprobs(Words words) {
  return [words = std::move(words)](const SampleAction& action, const std::string& prefix) {
    const std::vector<Word>& here = words.at(prefix);
    const auto text = [&](const std::string&, std::uint32_t i) { return here.at(i).text; };
    auto event = answer_to(action, prefix, text);
    for (std::uint32_t i = 0; i < action.n; ++i) {
      const double tokens = *event.rollouts[i].completion.tokens;
      event.rollouts[i].completion.logprob = static_cast<float>(tokens * std::log(here[i].chance));
    }
    return event;
  };
}

}  // namespace

TEST_CASE(
    "math-shepherd: N solutions, k rollouts at every step, shared steps once, ends from their own verdict") {
  const Table policy({
      {"", {"abR", "acW"}},
      {"a", {"R", "W"}},    // 1/2
      {"ab", {"R", "dR"}},  // 2/2
      {"ac", {"W", "dW"}},  // 0/2
  });
  Machine machine(make_strategy("math-shepherd", {{"solutions", 2}, {"rollouts", 2}}), kLetters, {});
  const auto asked = run_to_end(machine, policy);
  CHECK(asked == std::vector<Asked>{{"", 2}, {"a", 2}, {"ab", 2}, {"ac", 2}});
  CHECK(labels_of(machine.tree()) ==
        std::map<std::string, double>{{"a", 0.5}, {"ab", 1.0}, {"abR", 1.0}, {"ac", 0.0}, {"acW", 0.0}});
}

TEST_CASE("visualprm: a path ends at its first 0 of k; what comes after it is unknown, not 0") {
  const Table policy({
      {"", {"abcW", "adR"}},
      {"a", {"R", "W"}},    // 1/2, for both paths
      {"ab", {"W", "eW"}},  // 0/2: the first path ends here, c is never asked for
      {"ad", {"R", "R"}},   // 2/2
  });
  Machine machine(make_strategy("visualprm", {{"solutions", 2}, {"rollouts", 2}}), kLetters, {});
  const auto asked = run_to_end(machine, policy);
  CHECK(asked == std::vector<Asked>{{"", 2}, {"a", 2}, {"ab", 2}, {"ad", 2}});
  CHECK(labels_of(machine.tree()) ==
        std::map<std::string, double>{{"a", 0.5}, {"ab", 0.0}, {"ad", 1.0}, {"adR", 1.0}});
}

TEST_CASE("omegaprm: selection by Q + U, binary search, single-step edges alone are rows") {
  // alpha 0.5, beta 0.9, L = 10 tokens (letters), c = 0.125, k = 2, 4 rollouts at the root, 3 searches.
  const Table policy({
      // MC(root) = 2/4. Q(root, pqrsW) = 0.5^0.5 · 0.9^0.5 = 0.671; Q(root, abcdefgW) = 0.5^0.5 · 0.9^0.8 =
      // 0.650.
      // No state was selected yet, so U = 0 for all: search 1 takes pqrsW.
      {"", {"pqrsW", "R", "abcdefgW", "R"}},
      {"pq",
       {"R", "W"}},  // middle of 5 steps: MC = 1/2 > 0, a new state; its wrong rollout W enters the pool
      {"pqr",
       {"W", "W"}},  // behind it: MC = 0. First error: r. Row r; q is no row, root–pq is two steps long
      // Search 2: (pq, W): 0.5^0.5 · 0.9^0.1 + 0.125·√1/(1+0) = 0.825 beats (root, abcdefgW): 0.650 +
      // 0.125·√1/(1+1) = 0.712. One step, so W itself is the first error, and nothing needs to be asked.
      // Search 3: (root, abcdefgW) alone is left; pqrsW never returns.
      {"abcd", {"R", "R"}},     // MC = 1: no candidate, the error is behind
      {"abcdef", {"R", "W"}},   // MC = 1/2
      {"abcdefg", {"W", "W"}},  // MC = 0. First error: g. abcd–abcdef is two steps long: f is no row
  });
  Machine machine(
      make_strategy("omegaprm",
                    {{"length_scale", 10}, {"rollouts", 2}, {"filter_rollouts", 4}, {"searches", 3}}),
      kLetters, {});
  const auto asked = run_to_end(machine, policy);
  CHECK(asked ==
        std::vector<Asked>{{"", 4}, {"pq", 2}, {"pqr", 2}, {"abcd", 2}, {"abcdef", 2}, {"abcdefg", 2}});
  CHECK(labels_of(machine.tree()) ==
        std::map<std::string, double>{{"pqr", 0.0}, {"pqW", 0.0}, {"abcdefg", 0.0}});
}

TEST_CASE(
    "omegaprm: the published middles: 4, 6, 7 of 8 steps, and neighbouring states give rows of good steps") {
  const Table policy({
      {"", {"abcdW", "R"}},
      {"ab", {"R", "W"}},    // 2 of 5: MC > 0
      {"abc", {"R", "W"}},   // 3 of 5: MC > 0, one step behind the state ab: a row
      {"abcd", {"W", "W"}},  // 4 of 5: the first error
  });
  Machine machine(make_strategy("omegaprm", {{"rollouts", 2}, {"filter_rollouts", 2}, {"searches", 1}}),
                  kLetters, {});
  run_to_end(machine, policy);
  CHECK(labels_of(machine.tree()) == std::map<std::string, double>{{"abc", 0.5}, {"abcd", 0.0}});
}

TEST_CASE("omegaprm: N grows by selection alone, so exploration changes which state comes next") {
  // Two searches at the root's rollouts make N(root) = 2. With a large c the state ab, never selected, comes
  // before the root's third rollout although that one's Q is greater.
  const Table policy({
      {"", {"abW", "cW", "R", "R", "dddddddW"}},
      {"a", {"R", "W"}},
      {"ab", {"W", "W"}},
      {"c", {"R", "R"}},
      {"dddd", {"W", "W"}},
      {"dd", {"W", "W"}},
      {"d", {"W", "W"}},
  });
  // cW (2 tokens), then (a, W) by U, then abW (3 tokens), then the long one.
  Machine machine(
      make_strategy("omegaprm",
                    {{"rollouts", 2}, {"filter_rollouts", 5}, {"length_scale", 10}, {"c_puct", 10}}),
      kLetters, {});
  const auto asked = run_to_end(machine, policy);
  CHECK(asked ==
        std::vector<Asked>{{"", 5}, {"c", 2}, {"a", 2}, {"ab", 2}, {"dddd", 2}, {"dd", 2}, {"d", 2}});
}

TEST_CASE("omegaprm: a question without mixed results is dropped") {
  for (const std::string end : {"aR", "aW"}) {
    const Table policy({{"", std::vector<std::string>(32, end)}});
    Machine machine(make_strategy("omegaprm", {}), kLetters, {});
    CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 32}});
    CHECK(labels_of(machine.tree()).empty());
  }
}

TEST_CASE("mm-prm: the root is a state of k rollouts like any other, and its constants are the published") {
  const StrategyInfo& info = **find_strategy("mm-prm");
  const Constants published = *complete_constants(info, {});
  CHECK(published == Constants{{"alpha", 0.5},
                               {"beta", 0.9},
                               {"length_scale", 2000},
                               {"c_puct", 0.125},
                               {"rollouts", 16},
                               {"searches", 200},
                               {"max_rollouts", 1000}});
  for (const std::string end : {"aR", "aW"}) {
    const Table policy({{"", std::vector<std::string>(16, end)}});
    Machine machine(make_strategy("mm-prm", {}), kLetters, {});
    CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 16}});
    CHECK(labels_of(machine.tree()).empty());
  }
}

TEST_CASE("mm-prm: the search that passes the limit of rollouts finds its error, and no other begins") {
  // k = 4. Search 1 takes the shorter abcdW: Q = 0.5^0.5 · 0.9^(5/10) against 0.9^(6/10) of efghiW.
  const Table policy({
      {"", {"efghiW", "abcdW", "R", "R"}},
      {"ab", {"R", "R", "R", "R"}},    // 8 rollouts: the limit is reached amid search 1
      {"abc", {"W", "W", "W", "W"}},   // 12. First error: c, one step behind the state ab: a row
      {"efg", {"R", "R", "R", "R"}},   // only without the limit
      {"efgh", {"W", "W", "W", "W"}},  // only without the limit
  });
  const Constants small = {{"rollouts", 4}, {"length_scale", 10}};
  for (const auto& [limit, asked] : std::map<double, std::vector<Asked>>{
           {8, {{"", 4}, {"ab", 4}, {"abc", 4}}},
           {12, {{"", 4}, {"ab", 4}, {"abc", 4}}},
           {13, {{"", 4}, {"ab", 4}, {"abc", 4}, {"efg", 4}, {"efgh", 4}}},
       }) {
    CAPTURE(limit);
    Constants constants = small;
    constants["max_rollouts"] = limit;
    Machine machine(make_strategy("mm-prm", constants), kLetters, {});
    CHECK(run_to_end(machine, policy) == asked);
    CHECK_FALSE(machine.stopped_by_budget());
  }
}

TEST_CASE("mm-prm: priorities are those of the moment, not of when a rollout came into the pool") {
  // alpha 0.1, beta 0.9, L = 10, c = 0.3, k = 6. MC(root) = 3/6, MC(a) = 1/6.
  const Table policy({
      {"", {"W", "abW", "cdefW", "R", "R", "R"}},
      {"a", {"W", "W", "W", "W", "W", "R"}},
      {"ab", {"W", "W", "W", "W", "W", "W"}},
      {"cd", {"R", "R", "R", "R", "R", "R"}},
      {"cde", {"R", "R", "R", "R", "R", "R"}},
      {"cdef", {"R", "R", "R", "R", "R", "R"}},
  });
  // Searches 1 and 2: W and abW, the shorter of the root's; N(root) = 2, and a is a new state.
  // Search 3: (a, W): 0.1^(5/6) · 0.9^0.1 + 0.3·√2/1 = 0.569; (root, cdefW): 0.1^0.5 · 0.9^0.5 + 0.3·√2/3 =
  // 0.441. Nothing is asked.
  // Search 4: (a, W): 0.145 + 0.3·√3/2 = 0.405; (root, cdefW): 0.300 + 0.3·√3/3 = 0.473. By the priorities
  // with which they came (0.569 and 0.300) it would be a's again.
  Machine machine(
      make_strategy(
          "mm-prm",
          {{"rollouts", 6}, {"length_scale", 10}, {"alpha", 0.1}, {"c_puct", 0.3}, {"searches", 4}}),
      kLetters, {});
  CHECK(run_to_end(machine, policy) ==
        std::vector<Asked>{{"", 6}, {"a", 6}, {"ab", 6}, {"cd", 6}, {"cde", 6}, {"cdef", 6}});
}

TEST_CASE("uct: selection by Q/N + c sqrt(ln N_p / N), verdicts count on the whole path") {
  // c = 2, 2 rollouts an expansion, one request at a time, 4 searches.
  const Table policy({
      // Search 1. N(root) = 2; a: 0/1, b: 1/1.
      {"", {"aW", "bR"}},
      // Search 2: a: 0 + 2·√(ln 2 / 1) = 1.67; b: 1 + 1.67. Then N(root) = 4, b: 2/3.
      {"b", {"R", "cW"}},
      // Search 3: a: 0 + 2·√(ln 4 / 1) = 2.35; b: 0.67 + 2·√(ln 4 / 3) = 2.03. Then N(root) = 6, a: 1/3.
      {"a", {"W", "dR"}},
      // Search 4: a: 0.33 + 2·√(ln 6 / 3) = 1.88; b: 0.67 + 1.55 = 2.21. Below b, R is finished: bc.
      {"bc", {"R", "R"}},
  });
  const Constants constants = {{"rollouts", 2}, {"parallel", 1}, {"searches", 4}, {"min_visits", 3}};
  Machine machine(make_strategy("uct", constants), kLetters, {});
  CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 2}, {"b", 2}, {"a", 2}, {"bc", 2}});
  // Three decided rollouts went through a, b and bc each; a value counts those that started there.
  CHECK(labels_of(machine.tree()) == std::map<std::string, double>{{"a", 0.5}, {"b", 0.5}, {"bc", 1.0}});
}

TEST_CASE("uct: requests in flight count as visits, and not as losses") {
  const Table policy({{"", {"aW", "bcR"}}, {"a", {"R", "R"}}, {"b", {"R", "R"}}, {"bc", {"R", "R"}}});
  const auto asked = [&](double c) {
    const Constants constants = {{"c_uct", c}, {"rollouts", 2}, {"parallel", 2}, {"searches", 3}};
    Machine machine(make_strategy("uct", constants), kLetters, {});
    return run_to_end(machine, policy);
  };
  // After the root's answer b is asked for, and with it in flight N(root) = 4, N(b) = 3, N(a) = 1.
  // c = 3: a: 3·√(ln 4 / 1) = 3.53; b: 1 + 3·√(ln 4 / 3) = 3.04. Were b's not counted: 2.50 against 3.50.
  CHECK(asked(3) == std::vector<Asked>{{"", 2}, {"b", 2}, {"a", 2}});
  // c = 2: a: 2.355; b: 1 + 1.360 = 2.360: on to bc. Were b's counted as wrong: 0.33 + 1.36.
  CHECK(asked(2) == std::vector<Asked>{{"", 2}, {"b", 2}, {"bc", 2}});
}

TEST_CASE("uct: an undecided rollout is a visit without a value; its node's value is its parent's") {
  // b was cut off: MC(root) = 1/1. b counts as 1 as a does, and comes first. (As wrong it would be 0.)
  const Table policy({{"", {"bcx", "aR"}}, {"b", {"R", "R"}}});
  Machine machine(make_strategy("uct", {{"rollouts", 2}, {"parallel", 1}, {"searches", 2}}), kLetters, {});
  CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 2}, {"b", 2}});
}

TEST_CASE(
    "uct, puct: finished solutions and steps that were cut off are never rolled out, nor is a node twice") {
  for (const std::string_view name : {"uct", "puct"}) {
    CAPTURE(name);
    const Table finished({{"", {"R", "W"}}});
    Machine ends(make_strategy(name, {{"rollouts", 2}}), kLetters, {});
    CHECK(run_to_end(ends, finished) == std::vector<Asked>{{"", 2}});
    const Table cut({{"", {"ab", "R"}}, {"a", {"b", "R"}}});
    Machine machine(make_strategy(name, {{"rollouts", 2}}), kLetters, {});
    CHECK(run_to_end(machine, cut) == std::vector<Asked>{{"", 2}, {"a", 2}});
  }
}

TEST_CASE("puct: selection by Q + c P sqrt(N_p) / (1 + N); P = 1 / children where it is unknown") {
  // c = 1.5, 2 rollouts an expansion, no log-probabilities.
  const Table policy({
      {"", {"aW", "bR"}},
      // a: 0 + 1.5·½·√2/2 = 0.53; b: 1 + 0.53.
      {"b", {"R", "cW"}},
      // a: 1.5·½·√4/2 = 0.75; b: 0.67 + 1.5·½·√4/4 = 1.04. (Where uct goes to a.)
      {"bc", {"R", "R"}},
      // Nothing is left to expand below b.
      {"a", {"R", "R"}},
  });
  const Constants constants = {{"rollouts", 2}, {"parallel", 1}, {"searches", 4}};
  Machine machine(make_strategy("puct", constants), kLetters, {});
  CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 2}, {"b", 2}, {"bc", 2}, {"a", 2}});
}

TEST_CASE("puct: P is the mean chance of the step's tokens, by share of the rollout's bytes") {
  const auto second = [](const Words& words) {
    Machine machine(make_strategy("puct", {{"rollouts", 3}, {"parallel", 1}, {"searches", 2}}), kLetters, {});
    return answer_to_end(machine, with_logprobs(words)).at(1).prefix;
  };
  const std::vector<Word> more = {{"R"}, {"R"}, {"R"}};
  // Same Q = 0 and N = 1: the likelier step.
  CHECK(second({{"", {{"aW", 0.2}, {"bW", 0.9}, {"cW", 0.4}}}, {"b", more}}) == "b");
  // a by two rollouts: P = exp of the mean of log 0.9 over its 1 token and log 0.3 over its 1 token = 0.52.
  // a: 1.5·0.52·√3/3 = 0.450; b: 1.5·P·√3/2. They are equal at P = 0.346.
  CHECK(second({{"", {{"aW", 0.9}, {"adefW", 0.3}, {"bW", 0.33}}}, {"a", more}}) == "a");
  CHECK(second({{"", {{"aW", 0.9}, {"adefW", 0.3}, {"bW", 0.36}}}, {"b", more}}) == "b");
  // One is unknown (probability 0 has no logarithm): all count as 1/3, and the first of equals comes next.
  CHECK(second({{"", {{"aW", 0.2}, {"bW", 0.9}, {"cW", 0.0}}}, {"a", more}}) == "a");
}

TEST_CASE(
    "epic: binary search of the first wrong solutions; a step is wrong below half the question's value") {
  const Table policy({
      // V = 3/4: a step is wrong below 0.375. Of the right ones, xR; abcW is the only wrong one. Its last
      // step is known to be wrong and is never rolled out.
      {"", {"abcW", "xR", "yR", "zR"}},
      {"ab", {"R", "W", "W"}},  // 1/3: wrong, though one is right
      {"a", {"R", "R", "W"}},   // 2/3. First error: b
  });
  Machine machine(make_strategy("epic", {{"question_rollouts", 4},
                                         {"right_rollouts", 1},
                                         {"least_rollouts", 3},
                                         {"round_to", 1},
                                         {"right_solutions", 1}}),
                  kLetters, {});
  CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 4}, {"ab", 3}, {"a", 3}});
  // x has no row: a right solution's steps are not rolled out. Nor has abc, which lies behind the error.
  CHECK(labels_of(machine.tree()) ==
        std::map<std::string, double>{{"a", 2.0 / 3}, {"ab", 1.0 / 3}, {"abcW", 0.0}, {"xR", 1.0}});
}

TEST_CASE("epic: solutions are searched side by side, and what they share is rolled out once") {
  const Table policy({
      {"", {"abcdW", "xR", "abefW", "abcdW", "yR", "abgW"}},
      {"ab", {"R", "R"}},   // the middle of both
      {"abc", {"W", "W"}},  // first error of abcdW: c
      {"abe", {"R", "W"}},
      {"abef", {"R", "W"}},  // first error of abefW: its end
  });
  // At most 3 solutions, one of them right: xR, abcdW (twice there, taken once), abefW; abgW is too many.
  Machine machine(make_strategy("epic", {{"question_rollouts", 6},
                                         {"right_rollouts", 1},
                                         {"least_rollouts", 2},
                                         {"round_to", 1},
                                         {"solutions", 3},
                                         {"right_solutions", 1}}),
                  kLetters, {});
  CHECK(run_to_end(machine, policy) ==
        std::vector<Asked>{{"", 6}, {"ab", 2}, {"abc", 2}, {"abe", 2}, {"abef", 2}});
}

TEST_CASE("epic: rollouts at a step are as many as the root needed for its right ones") {
  const auto asked = [](const std::vector<std::string>& root) {
    const auto policy = [&](const std::string& prefix, std::uint32_t i) {
      return prefix.empty() ? root.at(i) : std::string("R");
    };
    const Constants constants = {
        {"question_rollouts", 8}, {"right_rollouts", 2}, {"least_rollouts", 3}, {"round_to", 4}};
    Machine machine(make_strategy("epic", constants), kLetters, {});
    std::vector<Asked> all = run_to_end(machine, policy);
    return all.size() < 2 ? 0U : all[1].n;
  };
  CHECK(asked({"R", "R", "R", "aW", "aW", "aW", "aW", "aW"}) == 4);   // the second right one is the 2nd
  CHECK(asked({"aW", "aW", "aW", "R", "R", "R", "aW", "aW"}) == 8);   // the 5th
  CHECK(asked({"aW", "aW", "aW", "aW", "aW", "aW", "R", "R"}) == 0);  // only two: dropped
  CHECK(asked({"R", "R", "R", "R", "R", "R", "R", "R"}) == 0);        // nothing to search
}

TEST_CASE("epic: the first middle lies early in hard questions and late in easy ones") {
  const auto asked = [](std::uint32_t right, std::uint32_t wrong, const std::string& solution) {
    const auto policy = [&](const std::string& prefix, std::uint32_t i) {
      return prefix.empty() && i >= right ? solution : std::string("R");
    };
    const Constants constants = {
        {"question_rollouts", right + wrong}, {"right_rollouts", 1}, {"least_rollouts", 1}, {"round_to", 1}};
    Machine machine(make_strategy("epic", constants), kLetters, {});
    std::vector<std::size_t> depths;
    for (const Asked& one : run_to_end(machine, policy)) depths.push_back(one.prefix.size());
    return depths;
  };
  using Depths = std::vector<std::size_t>;
  // 10 steps: the middle 5 moves by (10 - 2) / 4 = 2. Every step is good: the later middles are plain ones.
  CHECK(asked(2, 12, "abcdefghiW") == Depths{0, 3, 6, 8, 9});  // V = 0.14
  CHECK(asked(2, 3, "abcdefghiW") == Depths{0, 5, 7, 8, 9});   // V = 0.40
  CHECK(asked(2, 2, "abcdefghiW") == Depths{0, 7, 8, 9});      // V = 0.50
  CHECK(asked(2, 2, "abcdW") == Depths{0, 2, 3, 4});           // too short to move
  CHECK(asked(2, 2, "abcdeW") == Depths{0, 4, 5});             // 6 steps: by 1
}

TEST_CASE("epic: rollouts weigh by the mean chance of their tokens where all of them have it") {
  const Constants constants = {
      {"question_rollouts", 4}, {"right_rollouts", 1}, {"least_rollouts", 2}, {"round_to", 1}};
  Words words = {
      {"", {{"abcW", 0.1}, {"xR", 0.9}, {"yR", 0.9}, {"abcW", 0.1}}},  // V = 1.8 / 2
      {"ab", {{"R", 0.3}, {"W", 0.9}}},                                // 0.3 / 1.2 < 0.45: wrong
      {"a", {{"R", 0.9}, {"W", 0.1}}},
      {"abc", {{"R"}, {"R"}}},
  };
  Machine weighted(make_strategy("epic", constants), kLetters, {});
  CHECK(answer_to_end(weighted, with_logprobs(words)) == std::vector<Asked>{{"", 4}, {"ab", 2}, {"a", 2}});
  words["ab"][1].chance = 0;  // no logarithm: 1/2 >= 0.45
  Machine plain(make_strategy("epic", constants), kLetters, {});
  CHECK(answer_to_end(plain, with_logprobs(words)) == std::vector<Asked>{{"", 4}, {"ab", 2}, {"abc", 2}});
}

TEST_CASE("epic: another solution's end amid a solution is known and is not rolled out") {
  const Table policy({{"", {"aRbcW", "aR", "xR"}}, {"aRb", {"W", "W"}}});
  Machine machine(
      make_strategy(
          "epic", {{"question_rollouts", 3}, {"right_rollouts", 1}, {"least_rollouts", 2}, {"round_to", 1}}),
      kLetters, {});
  CHECK(run_to_end(machine, policy) == std::vector<Asked>{{"", 3}, {"aRb", 2}});
}
