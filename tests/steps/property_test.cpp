#include "spans.hpp"
#include "support/repeat.hpp"

#include <viltree/core/random.hpp>
#include <viltree/steps/splitter.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

constexpr std::uint64_t kSeed = 20240611;
constexpr int kTexts = test::repeat(20'000);

constexpr std::array<std::string_view, 72> kPieces = {"\n",
                                                      "\n\n",
                                                      " ",
                                                      "\t\n",
                                                      "\r\n",
                                                      "a",
                                                      "word",
                                                      "x.",
                                                      "$",
                                                      "$$",
                                                      "$5",
                                                      "$ ",
                                                      "\\$",
                                                      "\\",
                                                      "\\[",
                                                      "\\]",
                                                      "\\(",
                                                      "\\)",
                                                      "\\\\",
                                                      "```",
                                                      "\n```\n",
                                                      "\n```c\n",
                                                      "`",
                                                      "\\begin{a}",
                                                      "\\end{a}",
                                                      "<step>",
                                                      "</step>",
                                                      "<",
                                                      ">",
                                                      "\nStep 1: ",
                                                      "\n2. ",
                                                      "\n**Step 3**: ",
                                                      "\n## Step 4\n",
                                                      "1. ",
                                                      "Step 2:",
                                                      "\xFF",
                                                      "\xC3\xBC",
                                                      "\n \n",
                                                      "\\begin{b",
                                                      "}",
                                                      "\\end{b}",
                                                      "\\begin{b}",
                                                      "0",
                                                      "\f",
                                                      "\n  ```\n",
                                                      "  ```\n",
                                                      ". ",
                                                      ".",
                                                      "! ",
                                                      "? ",
                                                      "...",
                                                      " 12. ",
                                                      " 3.14",
                                                      "e.g. ",
                                                      "No. ",
                                                      " B. ",
                                                      "The ",
                                                      "5! ",
                                                      ".) ",
                                                      "# ",
                                                      "- ",
                                                      "\xE3\x80\x82",
                                                      "\xEF\xBC\x81",
                                                      "\xEF\xBC\x8E",
                                                      "\xE4\xB8\xAD",
                                                      "\xE6\x96",
                                                      "\xE2\x80\x9D",
                                                      "\xF0\xA0\x80\x80",
                                                      " some words ",
                                                      " ``` ",
                                                      "\\begin{a $",
                                                      "\\ "};

std::string random_text(core::Random& random) {
  std::string text;
  for (std::int64_t left = random.between(0, 24); left > 0; --left) {
    if (random.between(0, 30) == 0) {
      text += static_cast<char>(random.between(0, 255));
    } else {
      text += kPieces[static_cast<std::size_t>(random.between(0, kPieces.size() - 1))];
    }
  }
  return text;
}

domain::Completion random_completion(core::Random& random) {
  domain::Completion completion;
  completion.text = random_text(random);
  if (random.between(0, 7) == 0) return completion;
  completion.decisions.emplace();
  for (std::size_t at = 0; at < completion.text.size(); at += static_cast<std::size_t>(random.between(1, 12)))
    domain::add_decision(*completion.decisions, at, -3 * random.uniform());
  return completion;
}

/// What comes after the first bytes.
domain::Completion rest_of(const domain::Completion& whole, std::size_t at) {
  domain::Completion rest;
  rest.text = whole.text.substr(at);
  if (!whole.decisions) return rest;
  rest.decisions.emplace();
  for (domain::Decision decision : *whole.decisions) {
    if (decision.offset < at) continue;
    decision.offset -= static_cast<std::uint32_t>(at);
    rest.decisions->push_back(decision);
  }
  return rest;
}

domain::Completion plain(std::string text) {
  domain::Completion completion;
  completion.text = std::move(text);
  completion.decisions.emplace();
  for (std::size_t at = 0; at < completion.text.size(); ++at)
    domain::add_decision(*completion.decisions, at, -2);
  return completion;
}

steps::SplitterOptions random_options(core::Random& random, const std::string& splitter) {
  return {.splitter = splitter,
          .max_steps = random.between(0, 1) == 0 ? 4096U : static_cast<std::size_t>(random.between(1, 6)),
          .min_chars = static_cast<std::size_t>(random.between(0, 4)),
          .max_chars = random.between(0, 1) == 0 ? 0U : static_cast<std::size_t>(random.between(4, 12)),
          .tokens = static_cast<std::uint32_t>(random.between(1, 8)),
          .decision_chars = static_cast<std::size_t>(random.between(0, 4))};
}

void check_exact(std::string_view text, const std::vector<std::string_view>& steps) {
  const char* at = text.data();
  for (const std::string_view step : steps) {
    REQUIRE(step.data() == at);
    REQUIRE_FALSE(step.empty());
    at += step.size();
  }
  REQUIRE(at == text.data() + text.size());
}

void check_not_inside_spans(std::string_view text, const std::vector<std::string_view>& steps) {
  const auto spans = steps::protected_spans(text);
  for (const std::string_view step : steps) {
    const auto at = static_cast<std::size_t>(step.data() - text.data());
    for (const steps::Span& span : spans) REQUIRE((at <= span.begin || at >= span.end));
  }
}

void check_rest_is_cut_alike(const steps::Splitter& splitter, const domain::Completion& whole,
                             const std::vector<std::string_view>& steps, std::size_t before) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const domain::Completion rest = rest_of(whole, at);
    REQUIRE(splitter.split(rest, before + i) ==
            std::vector<std::string_view>(steps.begin() + static_cast<std::ptrdiff_t>(i), steps.end()));
    at += steps[i].size();
  }
}

}  // namespace

TEST_CASE("steps: on any bytes the text is kept, spans stay whole, and a rest is cut as the whole was") {
  for (const std::string& name : steps::splitter_names()) {
    core::Random random(kSeed);
    for (int i = 0; i < kTexts; ++i) {
      const domain::Completion completion = random_completion(random);
      const std::string& text = completion.text;
      const steps::SplitterOptions options = random_options(random, name);
      const auto before = static_cast<std::size_t>(random.between(0, 3));
      CAPTURE(name);
      CAPTURE(text);
      CAPTURE(i);
      const auto splitter = steps::make_splitter(options);
      REQUIRE(splitter);
      const auto found = (*splitter)->split(completion, before);
      REQUIRE(found.size() <=
              std::max<std::size_t>(1, options.max_steps - std::min(before, options.max_steps)));
      check_exact(text, found);
      check_not_inside_spans(text, found);
      check_rest_is_cut_alike(**splitter, completion, found, before);
    }
  }
}

TEST_CASE("steps: marks by the hundred thousand are cut in one pass") {
  for (const std::string& name : steps::splitter_names()) {
    const auto splitter = steps::make_splitter({.splitter = name, .max_steps = 4096, .min_chars = 1'000'000});
    REQUIRE(splitter);
    for (const std::string_view piece : kPieces) {
      CAPTURE(name);
      CAPTURE(piece);
      std::string text;
      for (int i = 0; i < test::repeat(200'000); ++i) text += piece;
      const domain::Completion completion = plain(std::move(text));
      check_exact(completion.text, (*splitter)->split(completion, 0));
    }
    std::string names;
    for (int i = 0; i < test::repeat(100'000); ++i) names += "\\begin{" + std::to_string(i) + "}\n\n";
    const domain::Completion completion = plain(std::move(names));
    check_exact(completion.text, (*splitter)->split(completion, 0));
  }
}

TEST_CASE("steps: a step beyond max_chars is one piece that cannot be cut, or has the last short rest") {
  for (const std::string& name : steps::splitter_names()) {
    core::Random random(kSeed);
    for (int i = 0; i < kTexts / 4; ++i) {
      std::string text;
      for (std::int64_t left = random.between(0, 60); left > 0; --left)
        text += std::string(static_cast<std::size_t>(random.between(1, 9)), 'x') +
                (random.between(0, 5) == 0   ? "\n"
                 : random.between(0, 5) == 0 ? ". "
                                             : " ");
      const auto splitter = steps::make_splitter({.splitter = name,
                                                  .max_steps = 4096,
                                                  .min_chars = 4,
                                                  .max_chars = 20,
                                                  .tokens = 30,
                                                  .decision_chars = 4});
      REQUIRE(splitter);
      CAPTURE(name);
      CAPTURE(text);
      const domain::Completion completion = plain(text);
      const auto found = (*splitter)->split(completion, 0);
      check_exact(completion.text, found);
      for (const std::string_view step : found) {
        const auto content =
            step.size() - static_cast<std::size_t>(std::count_if(
                              step.begin(), step.end(), [](char c) { return c == ' ' || c == '\n'; }));
        REQUIRE(content <= (step.data() == found.back().data() ? 23 : 20));
        if (found.size() > 1) REQUIRE(content >= 4);
      }
    }
  }
}
