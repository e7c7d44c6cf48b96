#include "random_tree.hpp"

#include <viltree/core/text.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using domain::LabelRow;
using domain::Verdict;

namespace {

LabelRow full_row() {
  LabelRow row;
  row.index = 7;
  row.image_path = "images/ab/abcd.png";
  row.question = "How many?";
  row.process = "One.\n\nTwo.";
  row.value = 1.0;
  row.id = "q/2";
  row.problem_id = "q";
  row.node_id = 2;
  row.parent_id = 1;
  row.depth = 2;
  row.step = "Two.";
  row.images = {"images/ab/abcd.png", "images/cd/cdef.jpg"};
  row.answer = "2";
  row.source = "demo";
  row.split = "train";
  row.evidence.add(Verdict::kRight, 3);
  row.evidence.add(Verdict::kTruncated, 1);
  row.evidence.add(Verdict::kUnparsed, 2);
  row.evidence.add(Verdict::kFiltered, 4);
  row.evidence.add(Verdict::kFailed, 5);
  row.mc = 1.0;
  row.advantage = -0.25;
  row.is_terminal = true;
  row.final_answer = "2";
  row.final_verdict = Verdict::kRight;
  row.policy = "a+b";
  row.continuation = "exact";
  row.checker = "auto";
  row.seed = 9;
  row.tokens = 120;
  row.config_hash = "c0ffee";
  return row;
}

}  // namespace

TEST_CASE("label row: always the same keys in the same order, decimals with a point, null for unknown") {
  CHECK(
      codec::encode_row(full_row()) ==
      R"({"index":7,"image_path":"images/ab/abcd.png","question":"How many?","process":"One.\n\nTwo.",)"
      R"("value":1.0,"id":"q/2","problem_id":"q","node_id":2,"parent_id":1,"depth":2,"step":"Two.",)"
      R"("images":["images/ab/abcd.png","images/cd/cdef.jpg"],"answer":"2","source":"demo","split":"train",)"
      R"("n_right":3,"n_wrong":0,"n_truncated":1,"n_unparsed":2,"n_total":15,"mc":1.0,)"
      R"("posterior_mean":null,"posterior_lo":null,"posterior_hi":null,"first_error_prob":null,)"
      R"("advantage":-0.25,"key_weight":null,"is_terminal":true,"final_answer":"2",)"
      R"("final_verdict":"right","policy":"a+b","continuation":"exact","checker":"auto","seed":9,)"
      R"("tokens":120,"config_hash":"c0ffee"})");
  CHECK(codec::encode_row(LabelRow{}) ==
        R"({"index":0,"image_path":"","question":"","process":"","value":null,"id":"","problem_id":"",)"
        R"("node_id":0,"parent_id":0,"depth":0,"step":"","images":[],"answer":"","source":"","split":"",)"
        R"("n_right":0,"n_wrong":0,"n_truncated":0,"n_unparsed":0,"n_total":0,"mc":null,)"
        R"("posterior_mean":null,"posterior_lo":null,"posterior_hi":null,"first_error_prob":null,)"
        R"("advantage":null,"key_weight":null,"is_terminal":false,"final_answer":null,)"
        R"("final_verdict":null,"policy":"","continuation":"","checker":"","seed":0,"tokens":null,)"
        R"("config_hash":""})");
}

TEST_CASE("label row: comes back as it was, but that filtered and failed are one") {
  const LabelRow row = full_row();
  const auto decoded = codec::decode_row(codec::encode_row(row));
  REQUIRE(decoded.has_value());
  CHECK(codec::encode_row(*decoded) == codec::encode_row(row));
  CHECK(decoded->final_verdict == Verdict::kRight);
  CHECK(decoded->images == row.images);
  CHECK(decoded->evidence.of(Verdict::kFailed) == 9);
  CHECK(decoded->evidence.total() == 15);
}

TEST_CASE("label row: text that is not UTF-8 is repaired, for other programs read rows") {
  LabelRow row = full_row();
  row.step = "a\xFFz";
  const std::string line = codec::encode_row(row);
  CHECK(core::is_utf8(line));
  CHECK(codec::decode_row(line)->step == "a\xEF\xBF\xBDz");
}

TEST_CASE("label row: a total below its parts, or a wrong type, is corruption") {
  std::string line = codec::encode_row(full_row());
  line.replace(line.find("\"n_total\":15"), 12, "\"n_total\":5");
  const auto decoded = codec::decode_row(line);
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().kind == core::ErrorKind::kCorruption);
  CHECK(decoded.error().message.find("n_total") != std::string::npos);
  std::string typed = codec::encode_row(full_row());
  typed.replace(typed.find("\"value\":1.0"), 11, "\"value\":\"1\"");
  CHECK(codec::decode_row(typed).error().message.find("\"value\" is not a number") != std::string::npos);
}
