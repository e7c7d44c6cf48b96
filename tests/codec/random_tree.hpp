#pragma once

#include <viltree/codec/codec.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>
#include <viltree/search/stored_tree.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace viltree::codec::test {

/// Text of any bytes: letters, quotes, control characters, several scripts, and bytes that are not UTF-8.
inline std::string random_text(core::Random& random, std::int64_t most_parts) {
  using namespace std::string_view_literals;
  static constexpr std::string_view kParts[] = {"step ", "\\boxed{7}", "\"", "\n\n",   "\t",          "\0"sv,
                                                "é",     "数学",       "😀",  "\u2028", "\x1F",        "\\",
                                                "a/b",   "\xFF",       "x",  "\xC3",   "\xED\xA0\x80"};
  std::string text;
  for (std::int64_t n = random.between(0, most_parts); n > 0; --n) {
    text += kParts[static_cast<std::size_t>(random.between(0, std::size(kParts) - 1))];
  }
  return text;
}

template <class Enum>
Enum random_of(core::Random& random, std::int64_t count) {
  return static_cast<Enum>(random.between(0, count - 1));
}

inline domain::Rollout random_rollout(core::Random& random) {
  domain::Rollout rollout;
  rollout.completion.finish = random_of<domain::FinishReason>(random, 3);
  rollout.verdict = random_of<domain::Verdict>(random, domain::kVerdictKinds);
  if (random.between(0, 2) > 0)
    rollout.completion.tokens = static_cast<std::uint32_t>(random.between(0, 4096));
  if (random.between(0, 2) > 0) rollout.completion.logprob = static_cast<float>(-300 * random.uniform());
  if (random.between(0, 1) > 0) rollout.answer = random_text(random, 2);
  return rollout;
}

inline domain::Usage random_usage(core::Random& random) {
  domain::Usage usage;
  if (random.between(0, 2) > 0) usage.prompt_tokens = random.next() >> 20U;
  if (random.between(0, 2) > 0) usage.cached_tokens = random.next() >> 20U;
  if (random.between(0, 2) > 0) usage.completion_tokens = random.next() >> 20U;
  if (random.between(0, 2) > 0) usage.reasoning_tokens = random.next() >> 20U;
  return usage;
}

/// A tree grown as a search grows it: rollouts from nodes that are there, with steps that often repeat.
inline search::Tree random_tree(core::Random& random, std::int64_t rollouts) {
  search::Tree tree;
  for (std::int64_t i = 0; i < rollouts; ++i) {
    std::vector<std::string> texts;
    for (std::int64_t n = random.between(0, 4); n > 0; --n) {
      texts.push_back(std::to_string(random.between(0, 2)) + random_text(random, random.between(0, 3)));
    }
    const std::vector<std::string_view> steps(texts.begin(), texts.end());
    const domain::NodeId origin{
        static_cast<std::uint32_t>(random.between(0, static_cast<std::int64_t>(tree.size()) - 1))};
    const domain::Ticket ticket{static_cast<std::uint32_t>(i + 1)};
    tree.add_rollout(origin, steps, random_rollout(random), ticket,
                     "model-" + std::to_string(random.between(0, 2)));
    if (random.between(0, 3) == 0) tree.add_refusal(origin, static_cast<std::uint32_t>(random.between(1, 9)));
    if (random.between(0, 1) == 0) tree.label(origin);
    domain::TreeEvent event;
    event.bill.usage = random_usage(random);
    tree.add_spent(event);
  }
  return tree;
}

inline domain::Problem random_problem(core::Random& random) {
  domain::Problem problem;
  problem.index.value = random.next();
  problem.id = random_text(random, 3);
  problem.question = random_text(random, 20);
  for (std::int64_t n = random.between(0, 3); n > 0; --n) {
    domain::Image image;
    image.sha256 = core::sha256_hex(std::to_string(n));
    image.media_type = "image/png";
    image.width = static_cast<std::uint32_t>(random.between(1, 5000));
    image.height = static_cast<std::uint32_t>(random.between(1, 5000));
    image.path = "images/" + image.sha256.substr(0, 2) + "/" + image.sha256 + ".png";
    problem.images.push_back(image);
  }
  problem.answer = random_text(random, 2);
  problem.answer_kind = random_of<domain::AnswerKind>(random, 7);
  for (std::int64_t n = random.between(0, 4); n > 0; --n) problem.choices.push_back(random_text(random, 2));
  problem.source = random_text(random, 1);
  problem.split = "train";
  return problem;
}

inline domain::Ruling random_ruling(core::Random& random) {
  using domain::Verdict;
  constexpr Verdict kByRules[] = {Verdict::kRight, Verdict::kWrong, Verdict::kUnparsed};
  constexpr Verdict kByJudge[] = {Verdict::kRight, Verdict::kWrong, Verdict::kFailed};
  domain::Ruling ruling;
  ruling.answer = random_text(random, 3);
  ruling.rules = kByRules[random.between(0, 2)];
  ruling.verdict = kByJudge[random.between(0, 2)];
  ruling.reply = random_text(random, 9);
  ruling.bill.usage = random_usage(random);
  ruling.bill.requests = static_cast<std::uint32_t>(random.between(1, 4));
  ruling.bill.discarded = static_cast<std::uint32_t>(random.between(0, 2));
  ruling.bill.model = random_text(random, 1);
  return ruling;
}

inline void check_same(const domain::Ruling& a, const domain::Ruling& b) {
  CHECK(a.answer == b.answer);
  CHECK(a.rules == b.rules);
  CHECK(a.verdict == b.verdict);
  CHECK(a.reply == b.reply);
  CHECK(a.bill == b.bill);
}

inline search::StoredTree random_stored_tree(core::Random& random, std::int64_t rollouts) {
  search::StoredTree stored;
  stored.problem = random_problem(random);
  stored.strategy = "omegaprm";
  stored.seed = random.next();
  stored.stopped_by_budget = random.between(0, 1) == 1;
  stored.tree = random_tree(random, rollouts);
  for (std::int64_t n = random.between(-2, 3); n > 0; --n) stored.rulings.push_back(random_ruling(random));
  return stored;
}

}  // namespace viltree::codec::test
