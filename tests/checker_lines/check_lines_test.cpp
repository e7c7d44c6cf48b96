#include <viltree/checker_lines/check_lines.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

struct Checked {
  core::Result<checker_lines::Summary> summary;
  std::string out;
  std::string complaints;
};

Checked check(const std::string& input, const checker_lines::Options& options = {}) {
  std::istringstream stream(input);
  const auto lines = checker_lines::lines_of(stream);
  std::string out;
  std::string complaints;
  auto summary = checker_lines::check_lines(
      *lines, options,
      [&](std::string_view text) -> core::Status {
        out += text;
        return {};
      },
      [&](std::uint64_t line, const std::string& reason) {
        complaints += std::to_string(line) + ": " + reason + "\n";
      });
  return {std::move(summary), std::move(out), std::move(complaints)};
}

}  // namespace

TEST_CASE("check_lines: a line in, a line out") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"gold":"18","response":"\\boxed{18}"})",
       R"({"verdict":"right","answer":"18","rule":"box","begin":7,"bytes":2})"},
      {R"({"id":"a","gold":18,"response":"The answer is 19."})",
       R"({"id":"a","verdict":"wrong","answer":"19","rule":"phrase","begin":14,"bytes":2})"},
      {R"({"id":7,"gold":"18","response":""})",
       R"({"id":7,"verdict":"unparsed","answer":null,"rule":null,"begin":null,"bytes":null})"},
      {R"({"gold":"B","choices":["x",20],"response":"#### 20","type":"choice","question":"?"})",
       R"({"verdict":"right","answer":"20","rule":"hash","begin":5,"bytes":2})"},
      {R"({"gold":"x y","response":"Answer: X  Y","type":"exact"})",
       R"({"verdict":"right","answer":"X  Y","rule":"phrase","begin":8,"bytes":4})"},
      {R"({"id":"b","gold":"x","response":"","type":"number"})",
       R"({"id":"b","line":1,"error":"the answer 'x' is no number"})"},
      {R"({"gold":"1"})",
       R"({"line":1,"error":"a request is damaged: \"response\" is missing, or neither text nor a number"})"},
      {R"({"gold":"1","response":"","type":"colour"})",
       R"({"line":1,"error":"a request is damaged: \"type\" is a name that is not known"})"},
      {R"({"gold":"1","response":"1","type":"judge"})",
       R"({"line":1,"error":"answer type 'judge' needs a model that decides; without one use auto, number, choice, )"
       R"(exact, text, math, list, date or anls"})"},
      {R"({"gold":"1","response":"","id":[]})",
       R"({"line":1,"error":"a request is damaged: \"id\" is neither text nor a whole number"})"},
      {R"({"gold":"1","response":"","choices":[null]})",
       R"({"line":1,"error":"a request is damaged: \"choices\" has an entry that is neither text nor a number"})"},
      {"no JSON", R"({"line":1,"error":"a request is damaged: not a JSON object"})"},
  };
  for (const auto& [line, answer] : cases) {
    CAPTURE(line);
    CHECK(check(line).out == answer + "\n");
  }
}

TEST_CASE("check_lines: bad lines are told by their number and counted, blank ones passed over") {
  const Checked checked = check(
      "{\"gold\":\"1\",\"response\":\"\\\\boxed{1}\"}\r\n\n  "
      "\n{\n{\"gold\":\"1\",\"response\":\"\\\\boxed{2}\"}\n"
      "{\"gold\":\"1\",\"response\":\"?\"}");
  REQUIRE(checked.summary);
  CHECK(checked.summary->right == 1);
  CHECK(checked.summary->wrong == 1);
  CHECK(checked.summary->unparsed == 1);
  CHECK(checked.summary->bad == 1);
  CHECK(checked.summary->lines() == 4);
  CHECK(checked.summary->rules == std::map<std::string, std::uint64_t>{{"box", 2}});
  CHECK(checked.complaints == "4: a request is damaged: not a JSON object\n");
}

TEST_CASE("check_lines: the output has the input's order on any number of threads") {
  std::string input;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string number = std::to_string(i);
    input += "{\"id\":" + number + ",\"gold\":\"" + number + "\",\"response\":\"#### " + number + "\"}\n";
    expected += "{\"id\":" + number + R"(,"verdict":"right","answer":")" + number +
                R"(","rule":"hash","begin":5,"bytes":)" + std::to_string(number.size()) + "}\n";
  }
  for (const int threads : {1, 4}) {
    checker_lines::Options options;
    options.threads = threads;
    CHECK(check(input, options).out == expected);
  }
}

TEST_CASE("check_lines: a type and rules for all lines") {
  checker_lines::Options options;
  options.kind = domain::AnswerKind::kExact;
  options.check.extract = {checker::Mark::kTag};
  const Checked checked = check(R"({"gold":"5","response":"\\boxed{5} <answer>5.0</answer>"})", options);
  REQUIRE(checked.summary);
  CHECK(checked.summary->wrong == 1);
}

TEST_CASE("check_lines: an output that cannot be written ends it") {
  std::istringstream stream("{\"gold\":\"1\",\"response\":\"\"}\n");
  const auto lines = checker_lines::lines_of(stream);
  const auto full = [](std::string_view) -> core::Status {
    return core::fail(core::ErrorKind::kExhausted, "full");
  };
  const auto summary = checker_lines::check_lines(*lines, {}, full, [](std::uint64_t, const std::string&) {});
  REQUIRE_FALSE(summary);
  CHECK(summary.error().message == "full");
}
