#include "completion.hpp"

#include "samples.hpp"
#include "tokens.hpp"

#include <viltree/simulated/exact_value.hpp>

#include <cmath>
#include <set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;

namespace {

DrawOptions with_seed(std::uint64_t seed, std::uint32_t max_tokens = 100'000) {
  DrawOptions draw;
  draw.seed = seed;
  draw.max_tokens = max_tokens;
  return draw;
}

/// The mean of many completions' verdicts lies within four standard errors of the exact value.
void check_mean(const domain::Problem& problem, const std::string& prefix,
                const policy::SamplingOptions& sampling) {
  constexpr int kDraws = 1500;
  const double value = *exact_value(problem, prefix, sampling);
  const Model model = model_of(problem);
  const Sampler sampler(model, prefix, sampling);
  int right = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Draw draw = sampler.draw(with_seed(static_cast<std::uint64_t>(1000 + i)));
    right += is_right(problem, prefix + draw.completion.text) ? 1 : 0;
  }
  const double error = std::sqrt(value * (1 - value) / kDraws);
  CAPTURE(problem.id);
  CAPTURE(prefix);
  CHECK(std::abs(right / static_cast<double>(kDraws) - value) <= 4 * error + 1e-9);
}

std::string first_steps(const std::string& text, int steps) {
  std::size_t end = 0;
  for (int i = 0; i < steps; ++i) end = text.find("\n\n", end) + 2;
  return text.substr(0, end);
}

}  // namespace

TEST_CASE(
    "completion: the exact value is the mean of many completions, at roots, mid prefixes and inside steps") {
  for (const auto& problem : one_of_each()) {
    const std::string text = complete(model_of(problem), "", {}, with_seed(3)).text;
    const std::string middle = first_steps(text, 3);
    check_mean(problem, "", {});
    check_mean(problem, middle, {});
    check_mean(problem, middle + text.substr(middle.size(), 9), {});
    check_mean(problem, "", {0.6, 1, {}});
    check_mean(problem, middle, {1.4, 0.9, {}});
  }
}

TEST_CASE("completion: the exact value holds after a text that somebody else began") {
  for (const auto& problem : one_of_each()) {
    check_mean(problem, "Hello there.\n\nI think that", {});
  }
}

TEST_CASE("completion: a prefix cut at any byte is continued from there, to a text that can be written") {
  for (const auto& problem : one_of_each()) {
    const Model model = model_of(problem);
    const std::string text = complete(model, "", {}, with_seed(5)).text;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const std::string prefix = text.substr(0, cut);
      const std::string whole = prefix + complete(model, prefix, {}, with_seed(cut)).text;
      const auto position = walk(*model.scene(), State{}, whole);
      REQUIRE_MESSAGE(position, whole);
      CHECK(position->state.done);
    }
  }
}

TEST_CASE("completion: what follows a foreign text is Markov too") {
  const auto problem = foreign_problem();
  const Model model = model_of(problem);
  for (const std::string start :
       {"Once upon", "Two things.\n\nThree", "Done.\n\n", "Odd\n", "\n\n\n", "a\n\nb\n\nc\n\nd\n\ne\n\nf"}) {
    const std::string text = complete(model, start, {}, with_seed(9)).text;
    CHECK(boxed_answer(text));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const std::string prefix = start + text.substr(0, cut);
      const std::string rest = complete(model, prefix, {}, with_seed(cut)).text;
      const auto again = model.locate(prefix + rest);
      CHECK_MESSAGE(again.state.done, (prefix + rest));
      CHECK((again.solver == model.locate(start).solver));
    }
  }
  CHECK(complete(model, "I know: \\boxed{7}. Done", {}, with_seed(1)).text.empty());
}

TEST_CASE("completion: the same prefix and seed give the same text, and siblings differ") {
  const auto problem = make_problem(kSeed, 2);
  const Model model = model_of(problem);
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    const auto completion = complete(model, "", {}, with_seed(seed));
    CHECK(completion.text == complete(model_of(problem), "", {}, with_seed(seed)).text);
    texts.insert(completion.text);
  }
  CHECK(texts.size() > 12);
  CHECK(complete(model, "", {0, 1, {}}, with_seed(1)).text ==
        complete(model, "", {0, 1, {}}, with_seed(2)).text);
}

TEST_CASE("completion: max_tokens cuts at a token's end and says so") {
  const Model model = model_of(make_problem(kSeed, 1));
  const auto whole = complete(model, "", {}, with_seed(4));
  CHECK(whole.finish == domain::FinishReason::kStop);
  for (std::uint32_t limit = 1; limit < *whole.tokens; ++limit) {
    const auto part = complete(model, "", {}, with_seed(4, limit));
    CHECK(part.finish == domain::FinishReason::kLength);
    CHECK(*part.tokens == limit);
    CHECK(part.text == whole.text.substr(0, bytes_of_tokens(whole.text, limit)));
    CHECK(*part.logprob >= *whole.logprob - 1e-4F);
  }
  CHECK(complete(model, "", {}, with_seed(4, *whole.tokens)).finish == domain::FinishReason::kStop);
}

TEST_CASE("completion: a stop string ends the text before it, or after it where asked") {
  const Model model = model_of(make_problem(kSeed, 1));
  const std::string whole = complete(model, "", {}, with_seed(4)).text;
  const policy::SamplingOptions stop{1, 1, {"never", "\n\n", "\n"}};
  DrawOptions draw = with_seed(4);
  const auto before = complete(model, "", stop, draw);
  CHECK(before.text == whole.substr(0, whole.find('\n')));
  CHECK(before.finish == domain::FinishReason::kStop);
  draw.include_stop = true;
  const auto after = complete(model, "", stop, draw);
  CHECK(after.text == before.text + "\n");
  CHECK(*after.tokens == *before.tokens);
  draw.max_tokens = *after.tokens - 2;
  CHECK(complete(model, "", stop, draw).finish == domain::FinishReason::kLength);
}

TEST_CASE("completion: tokens' log-probabilities sum to that of the text") {
  const Model model = model_of(make_problem(kSeed, 3));
  for (const std::uint32_t limit : {1U, 7U, 30U, 1000U}) {
    DrawOptions draw = with_seed(8, limit);
    draw.token_logprobs = true;
    const Draw drawn = Sampler(model, "", {}).draw(draw);
    double sum = 0;
    std::string text;
    for (const auto& token : drawn.token_logprobs) {
      CHECK(token.logprob <= 1e-9);
      sum += token.logprob;
      text += token.token;
    }
    CHECK(text == drawn.completion.text);
    CHECK(sum == doctest::Approx(*drawn.completion.logprob).epsilon(1e-4));
  }
}

TEST_CASE(
    "sampling: temperature and top_p reshape the moves, and a tail that they exclude is still continued") {
  const Phrasings ab = {"aa"};
  const Phrasings ac = {"ac"};
  const Phrasings b = {"b"};
  MoveList list;
  list.add(ab, {}, 0.5, {});
  list.add(ac, {}, 0.3, {});
  list.add(b, {}, 0.2, {});
  const auto moves = list.take();
  const auto check = [&](std::string_view tail, double temperature, double top_p,
                         const std::vector<double>& expected) {
    const auto weights = sampling_weights(moves, tail, {temperature, top_p, {}});
    for (std::size_t i = 0; i < 3; ++i) CHECK(weights[i] == doctest::Approx(expected[i]));
  };
  check("", 1, 1, {0.5, 0.3, 0.2});
  check("", 0.5, 1, {0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38});
  check("", 0, 1, {1, 0, 0});
  check("", 1e-6, 1, {1, 0, 0});
  check("", 1, 0.6, {0.625, 0.375, 0});
  check("", 1, 0.01, {1, 0, 0});
  check("a", 1, 1, {0.625, 0.375, 0});
  check("b", 1, 0.6, {0, 0, 1});
}

TEST_CASE("tokens: words with their blank, short digit runs, newlines together, and whole UTF-8 sequences") {
  CHECK(count_tokens("") == 0);
  CHECK(count_tokens("Row 12 has") == 4);
  CHECK(count_tokens("a\n\nb") == 3);
  CHECK(count_tokens("12345") == 2);
  CHECK(count_tokens("  x") == 2);
  CHECK(bytes_of_tokens("Row 12 has", 2) == 4);
  CHECK(bytes_of_tokens("abcdefg\xC3\xBC", 1) == 9);
  CHECK(bytes_of_tokens("ab", 9) == 2);
}

TEST_CASE("length factor: its mean is 1, and its logarithm spreads by sigma") {
  constexpr int kDraws = 20'000;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const double factor = length_factor(0.5, seed);
    sum += factor;
    squares += std::pow(std::log(factor) + 0.125, 2);
  }
  CHECK(sum / kDraws == doctest::Approx(1).epsilon(0.02));
  CHECK(std::sqrt(squares / kDraws) == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("completion: with a spread of lengths the solution is the same, and a remark follows") {
  const auto problem = make_problem(kSeed, 2);
  const Model model = model_of(problem);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto plain = complete(model, "", {}, {1024, seed});
    const auto longer = complete(model, "", {}, {1024, seed, false, false, 0.8});
    CHECK(longer.text.substr(0, plain.text.size()) == plain.text);
    CHECK(*longer.tokens >= *plain.tokens);
    CHECK(longer.logprob == plain.logprob);
    CHECK(longer.text.find('\n', plain.text.size()) == std::string::npos);
  }
}
