#include <viltree/labels/modes.hpp>
#include <viltree/labels/tree_labels.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using domain::Verdict;
using labels::ModeInfo;
using search::NodeId;
using search::Tree;

namespace {

/// Solutions of three steps of two letters each, some cut off, with any verdict; all steps are labelled.
Tree random_tree(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Tree tree;
  for (std::uint32_t ticket = 1; ticket <= 12; ++ticket) {
    std::vector<std::string> steps;
    for (int i = 0; i < 3; ++i) steps.push_back(random() % 3 == 0 ? "a" : "b");
    domain::Rollout rollout;
    rollout.verdict = static_cast<Verdict>(random() % domain::kVerdictKinds);
    const bool cut = rollout.verdict == Verdict::kTruncated;
    rollout.completion.finish = cut ? domain::FinishReason::kLength : domain::FinishReason::kStop;
    const std::vector<std::string_view> views(steps.begin(), steps.end());
    const NodeId origin{tree.size() > 1 && random() % 2 == 0 ? 1U : 0U};
    if (!tree.node(origin).terminal) tree.add_rollout(origin, views, rollout, {ticket}, "m");
  }
  for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
  return tree;
}

/// A judge that finds all solutions right.
std::vector<labels::JudgedSolution> all_right(const Tree& tree) {
  std::vector<labels::JudgedSolution> judged;
  for (std::uint32_t id = 1; id < tree.size(); ++id) judged.push_back({NodeId{id}, std::nullopt});
  return judged;
}

labels::Options under(const ModeInfo* mode) {
  labels::Options options;
  options.mode = mode;
  return options;
}

}  // namespace

TEST_CASE("every mode: is found by its name, and says what its labels are and how sure they are") {
  std::set<std::string_view> names;
  for (const ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    CHECK(names.insert(mode->name).second);
    CHECK(labels::find_mode(mode->name) == mode);
    CHECK_FALSE(mode->meaning.empty());
    CHECK_FALSE(mode->certainty.empty());
    for (const std::string_view words : {mode->meaning, mode->certainty}) CHECK_FALSE(words.ends_with('.'));
    CHECK((mode->of_evidence != nullptr) != (mode->of_tree != nullptr));
    CHECK((mode->left_out != nullptr) == mode->needs_judgements);
  }
}

TEST_CASE("every mode: the least of its values is bad, the greatest good, and rows have room for both") {
  for (const ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    CHECK(mode->least < mode->most);
    CHECK(mode->least >= -1);
    CHECK(mode->most <= 1);
    CHECK_FALSE(labels::is_good(mode->least, under(mode)));
    CHECK(labels::is_good(mode->most, under(mode)));
  }
}

TEST_CASE("every mode: values lie within its range, on labelled nodes alone, and some are known") {
  for (const ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    std::size_t known = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      const Tree tree = random_tree(seed);
      labels::Options options = under(mode);
      const auto judged = all_right(tree);
      options.judged = judged;
      for (const labels::NodeLabel& label : labels::tree_labels(tree, options)) {
        if (!label.value) continue;
        ++known;
        CHECK(*label.value >= mode->least);
        CHECK(*label.value <= mode->most);
      }
      CHECK_FALSE(labels::tree_labels(tree, options).front().value.has_value());
    }
    CHECK(known > 0);
  }
}

TEST_CASE("every mode: where nothing is known there is no value") {
  for (const ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    for (const labels::NodeLabel& label : labels::tree_labels(Tree(), under(mode))) CHECK_FALSE(label.value);
    if (mode->of_evidence == nullptr) continue;
    domain::Evidence undecided;
    for (const Verdict verdict : {Verdict::kUnparsed, Verdict::kFiltered, Verdict::kFailed})
      undecided.add(verdict, 3);
    CHECK_FALSE(labels::value(undecided, under(mode)).has_value());
  }
}

TEST_CASE("every mode: needs judgements where it says so, and else looks at none") {
  for (const ModeInfo* mode : labels::modes()) {
    CAPTURE(mode->name);
    const Tree tree = random_tree(7);
    labels::Options judged = under(mode);
    const auto judgements = all_right(tree);
    judged.judged = judgements;
    const auto with = labels::select_rows(tree, judged).nodes;
    const auto without = labels::select_rows(tree, under(mode)).nodes;
    CHECK((with == without) != mode->needs_judgements);
    CHECK(without.empty() == mode->needs_judgements);
  }
}
