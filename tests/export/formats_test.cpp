#include "run_fixture.hpp"

#include <viltree/labels/modes.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using Json = nlohmann::json;
using test::make_tree;
using test::options_for;
using test::read_file;
using test::read_lines;
using test::RunFixture;
using test::stored;

namespace {

/// Exports one tree and gives the lines of a file.
std::vector<std::string> exported(const search::StoredTree& tree, const exports::ExportOptions& options,
                                  std::string_view file) {
  RunFixture fixture;
  fixture.add_unit({tree});
  fixture.run_export(options);
  return read_lines(fixture.out() / file);
}

}  // namespace

TEST_CASE("vilreward: a JSON array of rows numbered over the whole run, image_path as in the zip") {
  RunFixture fixture;
  const domain::Image image = fixture.add_image("bytes");
  fixture.add_unit({stored("p", make_tree(), {image}), stored("q", search::Tree(), {})});
  fixture.add_unit({stored("r", make_tree())});
  const exports::ExportSummary summary = fixture.run_export(options_for("vilreward"));
  CHECK(summary.problems == 3);
  CHECK(summary.problems_with_rows == 2);
  CHECK(summary.rows == 6);
  const std::string path = image.path;
  CHECK(read_file(fixture.out() / "data.json") ==
        "[\n"
        R"({"index":0,"image_path":")" +
            path + R"(","question":"Q?","process":"a\n\n","value":0.5},)" +
            "\n"
            R"({"index":1,"image_path":")" +
            path + R"(","question":"Q?","process":"a\n\nb","value":1.0},)" +
            "\n"
            R"({"index":2,"image_path":")" +
            path + R"(","question":"Q?","process":"a\n\nc","value":0.0},)" +
            "\n"
            R"({"index":3,"image_path":"","question":"Q?","process":"a\n\n","value":0.5},)"
            "\n"
            R"({"index":4,"image_path":"","question":"Q?","process":"a\n\nb","value":1.0},)"
            "\n"
            R"({"index":5,"image_path":"","question":"Q?","process":"a\n\nc","value":0.0})"
            "\n]\n");
  CHECK(test::read_zip(fixture.out() / "images.zip") == std::map<std::string, std::string>{{path, "bytes"}});
}

TEST_CASE("vilreward: an image is packed once, and none of a problem without rows") {
  RunFixture fixture;
  const domain::Image shared = fixture.add_image("one");
  const domain::Image other = fixture.add_image("two");
  const domain::Image unused = fixture.add_image("three");
  fixture.add_unit({stored("p", make_tree(), {shared, unused}), stored("q", make_tree(), {shared})});
  fixture.add_unit({stored("r", make_tree(), {other}), stored("s", search::Tree(), {unused})});
  fixture.run_export(options_for("vilreward"));
  CHECK(test::read_zip(fixture.out() / "images.zip") ==
        std::map<std::string, std::string>{{shared.path, "one"}, {other.path, "two"}});
}

TEST_CASE("vilreward: no row at all is an empty array, and label mode and cap are kept") {
  CHECK(exported(stored("p", search::Tree()), options_for("vilreward"), "data.json") ==
        std::vector<std::string>{"[]"});
  exports::ExportOptions options = options_for("vilreward");
  options.labels.mode = &labels::hard();
  options.labels.rows_per_problem = 2;
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  fixture.run_export(options);
  const Json rows = Json::parse(read_file(fixture.out() / "data.json"));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["value"] == 1.0);
  CHECK(rows[1]["process"] == "a\n\nc");
}

TEST_CASE("trl: whole solutions with booleans, ended before the first step without a value") {
  CHECK(exported(stored("p", make_tree()), options_for("trl"), "data.jsonl") ==
        std::vector<std::string>{R"({"prompt":"Q?","completions":["a\n\n","b"],"labels":[true,true]})",
                                 R"({"prompt":"Q?","completions":["a\n\n","c"],"labels":[true,false]})"});
}

TEST_CASE("trl: a soft label is true from the threshold on, a hard one where any rollout is right") {
  exports::ExportOptions options = options_for("trl");
  options.labels.threshold = 0.51;
  const auto lines = exported(stored("p", make_tree()), options, "data.jsonl");
  REQUIRE(lines.size() == 2);
  CHECK(Json::parse(lines[0])["labels"] == Json::array({false, true}));
  options.labels.mode = &labels::hard();
  const auto hard = exported(stored("p", make_tree()), options, "data.jsonl");
  CHECK(Json::parse(hard[1])["labels"] == Json::array({true, false}));
}

TEST_CASE("trl: a solution that was cut stays where nothing else shows its steps, and stays once") {
  search::Tree tree;
  test::add_rollout(tree, domain::kRoot, {"a"}, domain::Verdict::kRight);
  test::add_rollout(tree, {1}, {"b"}, domain::Verdict::kTruncated);
  test::add_rollout(tree, {1}, {"c"}, domain::Verdict::kTruncated);
  for (std::uint32_t id = 1; id <= 3; ++id) tree.label({id});
  CHECK(exported(stored("p", tree), options_for("trl"), "data.jsonl") ==
        std::vector<std::string>{R"({"prompt":"Q?","completions":["a"],"labels":[true]})"});
}

TEST_CASE("visualprm: the raw form has counts per step, and null where a step was not measured") {
  RunFixture fixture;
  const domain::Image image = fixture.add_image("bytes");
  fixture.add_unit({stored("p", make_tree(), {image})});
  const exports::ExportSummary summary = fixture.run_export(options_for("visualprm"));
  CHECK(summary.rows == 3);
  const auto lines = read_lines(fixture.out() / "data.jsonl");
  REQUIRE(lines.size() == 3);
  CHECK(lines[1] ==
        R"({"image":")" + image.path +
            R"(","question":"Q?","answer":"7","response":"a\n\nc","num_mc_sequences":2,"steps_with_score":[)"
            R"({"step":"a\n\n","score":0.5,"num_mc_correct":1,"num_mc_total":2},)"
            R"({"step":"c","score":0.0,"num_mc_correct":0,"num_mc_total":2}]})");
  CHECK(Json::parse(lines[2])["steps_with_score"][1] ==
        Json{{"step", "d"}, {"score", nullptr}, {"num_mc_correct", 0}, {"num_mc_total", 0}});
  CHECK(test::read_zip(fixture.out() / "images.zip").count(image.path) == 1);
}

TEST_CASE("visualprm: truncated rollouts enter total and score where they count as wrong") {
  exports::ExportOptions options = options_for("visualprm");
  options.labels.truncated_is_wrong = true;
  const auto lines = exported(stored("p", make_tree()), options, "data.jsonl");
  const Json step = Json::parse(lines.at(0))["steps_with_score"][0];
  CHECK(step["num_mc_correct"] == 1);
  CHECK(step["num_mc_total"] == 3);
  CHECK(step["score"] == 1.0 / 3);
}

TEST_CASE("visualprm: conversations put the question once and answer each step with + or -") {
  RunFixture fixture;
  const domain::Image image = fixture.add_image("bytes");
  fixture.add_unit({stored("p", make_tree(), {image})});
  fixture.run_export(options_for("visualprm"));
  const auto lines = read_lines(fixture.out() / "conversations.jsonl");
  REQUIRE(lines.size() == 2);
  CHECK(lines[1] == R"({"id":"p/3","image":")" + image.path +
                        R"(","conversations":[{"from":"human","value":"### Question:\n<image>\nQ?\n\n)"
                        R"(### Solution Process:\na\n\n"},{"from":"gpt","value":"+"},)"
                        R"({"from":"human","value":"c"},{"from":"gpt","value":"-"}]})");
}

TEST_CASE("visualprm: a step is + where any rollout is right, and by the threshold where that is the mode") {
  exports::ExportOptions options = options_for("visualprm");
  options.labels.threshold = 0.51;
  const auto sign = [&](const labels::ModeInfo* mode) {
    options.labels.mode = mode;
    const auto lines = exported(stored("p", make_tree()), options, "conversations.jsonl");
    return Json::parse(lines.at(0))["conversations"][1]["value"].get<std::string>();
  };
  CHECK(sign(&labels::soft()) == "+");
  CHECK(sign(&labels::hard()) == "+");
  CHECK(sign(&labels::threshold()) == "-");
}

TEST_CASE("visualprm: the first turn has one mark per image, and a step with a mark is left out") {
  RunFixture fixture;
  const domain::Image one = fixture.add_image("one");
  const domain::Image two = fixture.add_image("two");
  search::StoredTree placed = stored("p", make_tree(), {one, two});
  placed.problem.question = "<image> or <image>?";
  search::StoredTree short_of = stored("q", make_tree(), {one, two});
  short_of.problem.question = "This <image>?";
  search::Tree marked;
  test::add_rollout(marked, domain::kRoot, {"<image>"}, domain::Verdict::kRight);
  marked.label({1});
  fixture.add_unit({placed, short_of, stored("r", marked, {one}), stored("s", marked)});
  fixture.run_export(options_for("visualprm"));
  std::vector<std::string> openings;
  for (const std::string& line : read_lines(fixture.out() / "conversations.jsonl")) {
    const Json row = Json::parse(line);
    openings.push_back(row["id"].get<std::string>() + " " +
                       row["conversations"][0]["value"].get<std::string>());
  }
  const std::string end = "\n\n### Solution Process:\n";
  CHECK(openings == std::vector<std::string>{
                        "p/2 ### Question:\n<image> or <image>?" + end + "a\n\n",
                        "p/3 ### Question:\n<image> or <image>?" + end + "a\n\n",
                        "q/2 ### Question:\n<image>\n<image>\nThis ?" + end + "a\n\n",
                        "q/3 ### Question:\n<image>\n<image>\nThis ?" + end + "a\n\n",
                        "s/1 ### Question:\nQ?" + end + "<image>",
                    });
  const auto rows = read_lines(fixture.out() / "data.jsonl");
  CHECK(Json::parse(rows[0])["image"] == Json::array({one.path, two.path}));
  CHECK(Json::parse(rows.back())["image"] == "");
}

TEST_CASE("trl: a label of the posterior is true from the threshold on, an advantage unless it is below 0") {
  exports::ExportOptions options = options_for("trl");
  options.labels.mode = &labels::posterior();
  const auto posterior = exported(stored("p", make_tree()), options, "data.jsonl");
  REQUIRE(posterior.size() == 3);
  CHECK(Json::parse(posterior[1]) ==
        Json{{"prompt", "Q?"}, {"completions", {"a\n\n", "c"}}, {"labels", {true, false}}});
  options.labels.mode = *labels::find_mode("advantage");
  CHECK(Json::parse(exported(stored("p", make_tree()), options, "data.jsonl")[1])["labels"] ==
        Json::array({false, false}));
}

TEST_CASE("vilreward: advantages below 0 are rows, and the card counts them") {
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  exports::ExportOptions options = options_for("vilreward");
  options.labels.mode = *labels::find_mode("advantage");
  fixture.run_export(options);
  const Json rows = Json::parse(read_file(fixture.out() / "data.json"));
  CHECK(rows[2]["value"] < 0);
  const auto below =
      std::count_if(rows.begin(), rows.end(), [](const Json& row) { return row["value"] < 0; });
  const std::string line = "| below 0 | " + std::to_string(below) + " |";
  CHECK(read_file(fixture.out() / "README.md").find(line) != std::string::npos);
}

TEST_CASE("every format: what filters leave out is counted, and problems that are left without a row") {
  for (const exports::FormatInfo& format : exports::formats()) {
    if (format.name == "pairwise") continue;  // its rows have two steps each: see below
    CAPTURE(format.name);
    RunFixture fixture;
    search::Tree right;
    test::add_rollout(right, domain::kRoot, {"good step"}, domain::Verdict::kRight);
    right.label({1});
    fixture.add_unit({stored("p", make_tree()), stored("q", right)});
    exports::ExportOptions options = options_for(std::string(format.name));
    options.labels.max_chars = 3;
    const exports::ExportSummary summary = fixture.run_export(options);
    CHECK(summary.left_out.of(labels::Filter::kLength) == 1);
    CHECK(summary.problems_left_out == 1);
    CHECK(summary.problems_with_rows == 1);
    const std::string card = read_file(fixture.out() / "README.md");
    CHECK(card.find("left out: steps that are too short or too long | 1 |") != std::string::npos);
    CHECK(card.find("problems of which the filters left no row | 1 |") != std::string::npos);
    CHECK(card.find("most non-blank bytes of a step | 3 |") != std::string::npos);
  }
}

TEST_CASE("trl, visualprm: the balance is of solutions, which are good where all their steps are") {
  for (const std::string_view format : {"trl", "visualprm"}) {
    CAPTURE(format);
    search::Tree tree;
    test::add_rollout(tree, domain::kRoot, {"right"}, domain::Verdict::kRight);
    for (const std::string_view step : {"b", "c", "d"})
      test::add_rollout(tree, domain::kRoot, {step}, domain::Verdict::kWrong);
    for (std::uint32_t id = 1; id < tree.size(); ++id) tree.label({id});
    RunFixture fixture;
    fixture.add_unit({stored("p", tree)});
    exports::ExportOptions options = options_for(std::string(format));
    options.labels.balance = 1;
    const exports::ExportSummary summary = fixture.run_export(options);
    CHECK(summary.rows == 2);
    CHECK(summary.left_out.of(labels::Filter::kBalance) == 2);
  }
}

TEST_CASE("pairwise: two next steps of one prefix, what is known of both, and the images") {
  RunFixture fixture;
  const domain::Image image = fixture.add_image("bytes");
  fixture.add_unit({stored("p", make_tree(), {image}), stored("q", search::Tree())});
  exports::ExportOptions options = options_for("pairwise");
  options.labels.pairs.certainty = 0.999;  // finished solutions alone
  const exports::ExportSummary summary = fixture.run_export(options);
  CHECK(summary.rows == 2);
  CHECK(summary.problems_with_rows == 1);
  const auto lines = read_lines(fixture.out() / "data.jsonl");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == R"({"id":"p/2/3","prompt":"Q?","images":[")" + image.path +
                        R"("],"prefix":"a\n\n","chosen":"b","rejected":"c","chosen_value":1.0,)"
                        R"("rejected_value":0.0,"certainty":1.0})");
  CHECK(Json::parse(lines[1])["id"] == "p/6/3");
  CHECK(test::read_zip(fixture.out() / "images.zip") ==
        std::map<std::string, std::string>{{image.path, "bytes"}});
  const std::string card = read_file(fixture.out() / "README.md");
  CHECK(card.find("| label mode | `posterior` |") != std::string::npos);
  CHECK(card.find("at least 0.999") != std::string::npos);
}

TEST_CASE("pairwise: bounds and filters are counted") {
  exports::ExportOptions options = options_for("pairwise");
  options.labels.pairs = {.margin = 0.1, .certainty = 0.999, .per_prefix = 1};
  RunFixture fixture;
  fixture.add_unit({stored("p", make_tree())});
  const exports::ExportSummary bounded = fixture.run_export(options, "bounded");
  CHECK(bounded.rows == 1);
  CHECK(bounded.left_out.of(labels::Filter::kCap) == 1);
  options.labels.min_chars = 2;
  const exports::ExportSummary none = fixture.run_export(options, "none");
  CHECK(none.rows == 0);
  CHECK(none.problems_left_out == 1);
  CHECK(none.left_out.of(labels::Filter::kLength) == 5);  // of "a" and "e", and of "b", "c" and "f"
}

TEST_CASE("every format: what is not UTF-8 is repaired and counted in the card") {
  for (const exports::FormatInfo& format : exports::formats()) {
    CAPTURE(format.name);
    search::Tree tree;
    test::add_rollout(tree, domain::kRoot, {"a\xFFz"}, domain::Verdict::kRight);
    if (format.name == "pairwise") test::add_rollout(tree, domain::kRoot, {"b"}, domain::Verdict::kWrong);
    tree.label({1});
    RunFixture fixture;
    fixture.add_unit({stored("p", tree)});
    fixture.run_export(options_for(std::string(format.name)));
    const std::string file = format.name == "vilreward" ? "data.json" : "data.jsonl";
    CHECK(read_file(fixture.out() / file).find("a\xEF\xBF\xBDz") != std::string::npos);
    CHECK(read_file(fixture.out() / "README.md").find("not UTF-8, repaired | 1 |") != std::string::npos);
  }
}
