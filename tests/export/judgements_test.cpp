#include "run_fixture.hpp"

#include <viltree/labels/modes.hpp>

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using domain::Verdict;
using labels::Filter;
using test::options_for;
using test::RunFixture;
using test::stored;

namespace {

/// Eight right solutions "g", N through node 1 and eight wrong ones "b", N through node 3; the first ones end
/// at 2 and 4.
search::Tree clear_tree() {
  search::Tree tree;
  for (int i = 0; i < 8; ++i) {
    const std::string last = std::to_string(i);
    test::add_rollout(tree, domain::kRoot, {"g\n", last}, Verdict::kRight);
    test::add_rollout(tree, domain::kRoot, {"b\n", last}, Verdict::kWrong);
  }
  for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
  return tree;
}

class Judged {
 public:
  explicit Judged(const std::string& text) {
    fixture.add_unit({stored("p", clear_tree()), stored("q", clear_tree())});
    std::ofstream(file(), std::ios::binary) << text;
    options.labels.mode = *labels::find_mode("consensus");
    options.judgements = file();
  }
  [[nodiscard]] storage::Path file() const { return fixture.run() / "judgements.jsonl"; }
  [[nodiscard]] std::string error() {
    const auto result = fixture.try_export(options);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().kind == core::ErrorKind::kInvalidInput);
    return result.error().message;
  }

  RunFixture fixture;
  exports::ExportOptions options = options_for("trl");
};

}  // namespace

TEST_CASE("consensus: solutions by node or by text, and all that is not used is counted") {
  Judged judged(R"({"problem_id": "p", "node_id": 2, "first_wrong": null, "model": "ignored"})"
                "\n\n"
                R"({"problem_id": "p", "process": "b\n0", "first_wrong": 0})"
                "\r\n"
                R"({"problem_id": "q", "process": "g\n0", "first_wrong": 1})"
                "\n"
                R"({"problem_id": "q", "process": "g\n8", "first_wrong": null})"
                "\n"
                R"({"problem_id": "elsewhere", "node_id": 1, "first_wrong": null})");
  const exports::ExportSummary summary = judged.fixture.run_export(judged.options);
  CHECK(test::read_lines(judged.fixture.out() / "data.jsonl") ==
        std::vector<std::string>{R"({"prompt":"Q?","completions":["g\n","0"],"labels":[true,true]})",
                                 R"({"prompt":"Q?","completions":["b\n"],"labels":[false]})"});
  CHECK(summary.judgements == 5);
  CHECK(summary.judged == 3);
  CHECK(summary.problems_left_out == 1);
  CHECK(summary.left_out.of(Filter::kUnjudged) == 7 + 8);  // the other ends; of q also the first wrong step
  CHECK(summary.left_out.of(Filter::kDisagreed) == 2);
  const std::string card = test::read_file(judged.fixture.out() / "README.md");
  for (const std::string_view part : {"| label mode | `consensus` |", "| judgements | 5 |",
                                      "| of these, of no solution that was read | 2 |",
                                      "steps of solutions that the judge sees otherwise | 2 |"}) {
    CHECK_MESSAGE(card.find(part) != std::string::npos, part);
  }
}

TEST_CASE("consensus: the judge's file is needed, and is for this mode alone") {
  Judged judged("");
  judged.options.judgements.clear();
  CHECK(judged.error() == "the label mode consensus needs a file with what a judge says (--judgements)");
  judged.options.judgements = judged.file();
  judged.options.labels.mode = &labels::hard();
  CHECK(judged.error() == "judgements are for the label mode consensus, but these labels are hard");
  judged.options.labels.mode = *labels::find_mode("consensus");
  judged.options.judgements = judged.fixture.run() / "nothing.jsonl";
  CHECK_FALSE(judged.fixture.try_export(judged.options).has_value());
}

TEST_CASE("consensus: a line that is no judgement is told with file and line") {
  struct Case {
    std::string line;
    std::string says;
  };
  const std::string good = "{\"problem_id\": \"p\", \"node_id\": 1, \"first_wrong\": null}\n";
  for (const Case& bad : std::vector<Case>{
           {"{", "not a JSON object"},
           {R"({"node_id": 1, "first_wrong": null})", "\"problem_id\" is missing"},
           {R"({"problem_id": "p", "first_wrong": null})", "\"process\" is missing"},
           {R"({"problem_id": "p", "node_id": 1})", "\"first_wrong\" is missing"},
           {R"({"problem_id": "p", "node_id": 1, "first_wrong": -1})",
            "\"first_wrong\" is not a whole number"},
           {R"({"problem_id": "p", "node_id": 1, "first_wrong": "2"})",
            "\"first_wrong\" is not a whole number"},
           {R"({"problem_id": "p", "node_id": 2, "first_wrong": 2})", "but the solution has 2 steps"},
       }) {
    Judged judged(good + bad.line + "\n");
    const std::string message = judged.error();
    CHECK_MESSAGE(message.find(judged.file().string() + ":2: ") != std::string::npos, message);
    CHECK_MESSAGE(message.find(bad.says) != std::string::npos, message);
    CHECK(
        (!std::filesystem::exists(judged.fixture.out()) || test::read_folder(judged.fixture.out()).empty()));
  }
}
