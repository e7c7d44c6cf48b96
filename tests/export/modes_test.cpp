#include "run_fixture.hpp"

#include <viltree/labels/modes.hpp>

#include <fstream>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using test::options_for;
using test::read_file;
using test::RunFixture;
using test::stored;

namespace {

/// A first step that is surely good and one that is surely bad, so that pairs are found, too; each was rolled
/// out from.
search::Tree rolled_out_tree() {
  search::Tree tree;
  for (int i = 0; i < 8; ++i) {
    const std::string last = std::to_string(i);
    test::add_rollout(tree, domain::kRoot, {"g\n", last}, domain::Verdict::kRight);
    test::add_rollout(tree, domain::kRoot, {"b\n", last}, domain::Verdict::kWrong);
  }
  test::add_rollout(tree, {1}, {"0"}, domain::Verdict::kRight);
  test::add_rollout(tree, {3}, {"0"}, domain::Verdict::kWrong);
  for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
  return tree;
}

}  // namespace

TEST_CASE("every format takes every label mode, and its card says what the labels are") {
  for (const exports::FormatInfo& format : exports::formats()) {
    for (const labels::ModeInfo* mode : labels::modes()) {
      if (format.has_pairs && mode->needs_judgements) continue;
      CAPTURE(format.name);
      CAPTURE(mode->name);
      RunFixture fixture;
      fixture.add_unit({stored("p", rolled_out_tree())});
      exports::ExportOptions options = options_for(std::string(format.name));
      options.labels.mode = mode;
      if (mode->needs_judgements) {
        options.judgements = fixture.run() / "judgements.jsonl";
        std::ofstream(options.judgements) << R"({"problem_id": "p", "node_id": 2, "first_wrong": null})";
      }
      const exports::ExportSummary summary = fixture.run_export(options);
      CHECK(summary.rows > 0);
      const std::string card = read_file(fixture.out() / "README.md");
      std::size_t told = 0;
      for (const labels::ModeInfo* used : labels::modes()) {
        const auto says = [&](const std::string& part) { return card.find(part) != std::string::npos; };
        if (!says("| label mode | `" + std::string(used->name) + "` |")) continue;
        ++told;
        CHECK(says("The label of a step is " + std::string(used->meaning) + "."));
        CHECK(says("A label is an estimate: " + std::string(used->certainty) + "."));
        // The raw form of visualprm has shares of rollouts, whatever the mode.
        const bool of_shares = used->of_evidence != nullptr || format.name == "visualprm";
        CHECK(says("right / (right + wrong)") == of_shares);
        CHECK(says("What the label mode `" + std::string(used->name) + "` leaves out") ==
              (used->left_out != nullptr && format.name == "visualprm"));
      }
      CHECK(told == 1);
    }
  }
}
