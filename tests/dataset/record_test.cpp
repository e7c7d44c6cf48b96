#include "record.hpp"

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::dataset;

namespace {

std::string refusal(const std::string& line, const SourceOptions& options = {}) {
  const auto record = read_record(line, 7, options);
  return record ? "(read)" : record.error().message;
}

bool refused(const std::string& line, const std::string& reason, const SourceOptions& options = {}) {
  const std::string message = refusal(line, options);
  CAPTURE(message);
  CHECK(message.find(reason) != std::string::npos);
  return message.find(reason) != std::string::npos;
}

}  // namespace

TEST_CASE("record: every field is read") {
  const auto record = read_record(R"({"id":"a","question":" Q? ","images":["x.png","y.png"],"answer":" B ",
    "choices":["1","2"],"source":"s","split":"test","answer_type":"choice","level":3})",
                                  1, {});
  REQUIRE(record);
  CHECK(record->problem.id == "a");
  CHECK(record->problem.question == " Q? ");
  CHECK(record->problem.answer == "B");
  CHECK(record->problem.answer_kind == domain::AnswerKind::kChoice);
  CHECK(record->problem.choices == std::vector<std::string>{"1", "2"});
  CHECK(record->problem.source == "s");
  CHECK(record->problem.split == "test");
  CHECK(record->images == std::vector<std::string>{"x.png", "y.png"});
}

TEST_CASE("record: fields have the names of the configuration") {
  SourceOptions options;
  options.fields = {.id = "pid",
                    .question = "problem",
                    .images = "image",
                    .answer = "solution",
                    .choices = "",
                    .answer_type = ""};
  const auto record = read_record(
      R"({"pid":5,"problem":"Q","image":"x.png","solution":4.5,"choices":"no list","answer_type":"integer"})",
      1, options);
  REQUIRE(record);
  CHECK(record->problem.id == "5");
  CHECK(record->problem.question == "Q");
  CHECK(record->problem.answer == "4.5");
  CHECK(record->images == std::vector<std::string>{"x.png"});
  CHECK(record->problem.choices.empty());
}

TEST_CASE("record: what is absent or null is empty, and the id is the line's number") {
  for (
      const char* line :
      {R"({"question":"Q","answer":"1"})",
       R"({"id":null,"question":"Q","images":null,"answer":"1","choices":null,"source":null,"answer_type":null})",
       R"({"question":"Q","images":[],"answer":1,"choices":[],"answer_type":""})",
       R"({"question":"Q","images":"","answer":"1"})"}) {
    const auto record = read_record(line, 7, {});
    REQUIRE(record);
    CHECK(record->problem.id == "line-7");
    CHECK(record->images.empty());
    CHECK(record->problem.choices.empty());
    CHECK(record->problem.answer == "1");
    CHECK(record->problem.answer_kind == domain::AnswerKind::kAuto);
  }
}

TEST_CASE("record: the answer is what follows the last mark") {
  SourceOptions options;
  options.answer_after = "####";
  const auto record = read_record(R"({"question":"Q","answer":"#### 1\n#### 1,000 \n"})", 1, options);
  REQUIRE(record);
  CHECK(record->problem.answer == "1,000");
  CHECK(refusal(R"({"question":"Q","answer":12})", options) == "(read)");
  CHECK(refused(R"({"question":"Q","answer":"12"})", "no '####' in the answer", options));
  CHECK(refused(R"({"question":"Q","answer":"12 ####  "})", "no answer", options));
}

TEST_CASE("record: a line that is no problem is refused with the reason") {
  CHECK(refused("{\"question\":\"\xFF\"}", "invalid UTF-8"));
  CHECK(refused("not json", "invalid JSON at byte"));
  CHECK(refused(R"({"question":"Q")", "invalid JSON at byte"));
  CHECK(refused(R"({"question":"Q","answer":"1"} x)", "invalid JSON at byte"));
  CHECK(refused(R"({"question":"\ud800","answer":"1"})", "invalid JSON at byte"));
  CHECK(refused(R"({"question":"Q","answer":1e999})", "invalid JSON"));
  CHECK(refused("[1]", "a JSON array, not an object"));
  CHECK(refused("null", "a JSON null, not an object"));
  CHECK(refused("{}", "no question (field 'question')"));
  CHECK(refused(R"({"question":"  ","answer":"1"})", "no question"));
  CHECK(refused(R"({"question":["Q"],"answer":"1"})", "'question' must be a text or a number, not array"));
  CHECK(refused(R"({"question":"Q"})", "no answer (field 'answer')"));
  CHECK(refused(R"({"question":"Q","answer":" "})", "no answer"));
  CHECK(refused(R"({"question":"Q","answer":true})", "'answer' must be a text or a number, not boolean"));
  CHECK(refused(R"({"question":"Q","answer":["1"]})", "not array"));
  CHECK(refused(R"({"id":{},"question":"Q","answer":"1"})", "'id' must be"));
  CHECK(refused(R"({"question":"Q","answer":"1","choices":"A"})",
                "'choices' must be a list of texts, not string"));
  CHECK(refused(R"({"question":"Q","answer":"1","choices":[["A"]]})", "'choices' must be"));
  CHECK(refused(R"({"question":"Q","answer":"1","images":{"bytes":"x"}})", "'images' must be"));
}

TEST_CASE("record: an answer that could never be right is refused") {
  CHECK(refused(R"({"question":"Q","answer":"1","answer_type":"integer"})", "unknown answer type 'integer'"));
  CHECK(refused(R"({"question":"Q","answer":"one or two","answer_type":"number"})", "is no number"));
  CHECK(refused(R"({"question":"Q","answer":"E","choices":["x","y"],"answer_type":"choice"})",
                "none of the choices"));
}

TEST_CASE("record: nesting is limited before anything is built") {
  const std::string deep = R"({"question":"Q","answer":"1","x":)" + std::string(100'000, '[');
  CHECK(refused(deep, "nested deeper than 64 levels"));
  CHECK(refused(R"({"a":")" + std::string(1000, '[') + "\"}", "no question"));
  CHECK(refusal(R"({"question":"Q","answer":"1","x":)" + std::string(63, '[') + std::string(63, ']') + "}") ==
        "(read)");
  CHECK(refused(R"({"question":"Q","answer":"1","x":)" + std::string(64, '[') + std::string(64, ']') + "}",
                "nested"));
  CHECK(refused(R"({"question":"Q","answer":"1","y":"\"[","x":)" + std::string(64, '['), "nested"));
}

TEST_CASE("record: too many images are refused") {
  std::string list = "\"x\"";
  for (int i = 0; i < 64; ++i) list += ",\"x\"";
  CHECK(refused(R"({"question":"Q","answer":"1","images":[)" + list + "]}", "65 images, more than 64"));
}
