#include "random_tree.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace viltree;
using codec::decode_record;
using codec::encode_record;
using codec::JournalRecord;

namespace {

domain::TreeEvent& event_of(JournalRecord& record) {
  return std::get<domain::TreeEvent>(record.content);
}

const domain::TreeEvent& event_of(const JournalRecord& record) {
  return std::get<domain::TreeEvent>(record.content);
}

JournalRecord random_record(core::Random& random) {
  JournalRecord record;
  record.problem.value = random.next();
  record.problem_id = codec::test::random_text(random, 3);
  record.fingerprint = core::hex64(random.next());
  domain::TreeEvent& event = record.content.emplace<domain::TreeEvent>();
  event.ticket.value = static_cast<std::uint32_t>(random.between(1, 1 << 30));
  event.bill.model = codec::test::random_text(random, 2);
  event.bill.usage = codec::test::random_usage(random);
  event.bill.requests = static_cast<std::uint32_t>(random.between(1, 9));
  event.bill.discarded = static_cast<std::uint32_t>(random.between(0, 3));
  if (random.between(0, 4) == 0) {
    event.refusal = codec::test::random_text(random, 3);
    return record;
  }
  for (std::int64_t n = random.between(1, 5); n > 0; --n) {
    event.rollouts.push_back(codec::test::random_rollout(random));
    domain::Completion& completion = event.rollouts.back().completion;
    completion.text = codec::test::random_text(random, 40);
    if (random.between(0, 1) == 0) continue;
    completion.decisions.emplace();
    for (std::size_t at = 0; at < completion.text.size();
         at += static_cast<std::size_t>(random.between(1, 9)))
      domain::add_decision(*completion.decisions, at, -1000 * std::pow(random.uniform(), 8));
  }
  return record;
}

void check_same(const domain::Rollout& a, const domain::Rollout& b) {
  CHECK(a.completion.text == b.completion.text);
  CHECK(a.completion.finish == b.completion.finish);
  CHECK(a.completion.tokens == b.completion.tokens);
  CHECK(a.completion.logprob == b.completion.logprob);
  CHECK(a.completion.decisions == b.completion.decisions);
  CHECK(a.verdict == b.verdict);
  CHECK(a.answer == b.answer);
  CHECK(a.to_judge == b.to_judge);
}

void check_same(const JournalRecord& a, const JournalRecord& b) {
  CHECK(a.problem == b.problem);
  CHECK(a.problem_id == b.problem_id);
  CHECK(a.fingerprint == b.fingerprint);
  const domain::TreeEvent& one = event_of(a);
  const domain::TreeEvent& other = event_of(b);
  CHECK(one.ticket == other.ticket);
  CHECK(one.bill == other.bill);
  CHECK(one.refusal == other.refusal);
  REQUIRE(one.rollouts.size() == other.rollouts.size());
  for (std::size_t i = 0; i < one.rollouts.size(); ++i) {
    check_same(one.rollouts[i], other.rollouts[i]);
  }
}

std::string replaced(std::string line, std::string_view from, std::string_view to) {
  const std::size_t at = line.find(from);
  REQUIRE(at != std::string::npos);
  return line.replace(at, from.size(), to);
}

void check_corruption(const std::string& line, std::string_view says) {
  const auto decoded = decode_record(line);
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().kind == core::ErrorKind::kCorruption);
  CHECK_MESSAGE(decoded.error().message.find(says) != std::string::npos, decoded.error().message);
}

JournalRecord small_record() {
  JournalRecord record;
  record.problem.value = 5;
  record.problem_id = "q";
  record.fingerprint = "00ff";
  domain::TreeEvent& event = event_of(record);
  event.ticket.value = 3;
  event.bill.model = "m";
  event.bill.usage.completion_tokens = 7;
  domain::Rollout rollout;
  rollout.completion.text = "1+1=2";
  rollout.completion.tokens = 7;
  rollout.completion.logprob = -1.5F;
  rollout.verdict = domain::Verdict::kRight;
  rollout.answer = "2";
  event.rollouts.push_back(rollout);
  return record;
}

}  // namespace

TEST_CASE("journal record: a line is what the format says") {
  CHECK(encode_record(small_record()) ==
        R"({"version":1,"problem":5,"id":"q","fingerprint":"00ff","ticket":3,"policy":"m",)"
        R"("usage":{"completion_tokens":7},"rollouts":[{"text":"1+1=2","verdict":"right","finish":"stop",)"
        R"("tokens":7,"logprob":-1.5,"answer":"2"}]})");
}

TEST_CASE("journal record: any record comes back as it was, text that is not UTF-8 included") {
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  core::Random random(seed);
  for (int i = 0; i < 300; ++i) {
    const JournalRecord record = random_record(random);
    const std::string line = encode_record(record);
    CHECK(line.find('\n') == std::string::npos);
    const auto decoded = decode_record(line);
    REQUIRE_MESSAGE(decoded.has_value(), (decoded ? line : decoded.error().message));
    check_same(record, *decoded);
    CHECK(encode_record(*decoded) == line);
  }
}

TEST_CASE("journal record: an unknown logprob or an infinite one is left out") {
  JournalRecord record = small_record();
  event_of(record).rollouts[0].completion.logprob = -std::numeric_limits<float>::infinity();
  const auto decoded = decode_record(encode_record(record));
  REQUIRE(decoded.has_value());
  CHECK_FALSE(event_of(*decoded).rollouts[0].completion.logprob.has_value());
}

TEST_CASE("journal record: decisions are written as distances, and none is not unknown") {
  JournalRecord record = small_record();
  event_of(record).rollouts[0].completion.decisions = {{{0, 50}, {3, 120}, {4, 65535}}};
  const std::string line = encode_record(record);
  CHECK(line.find(R"("answer":"2","decisions":[0,50,3,120,1,65535]})") != std::string::npos);
  CHECK(event_of(*decode_record(line)).rollouts[0].completion.decisions ==
        event_of(record).rollouts[0].completion.decisions);
  event_of(record).rollouts[0].completion.decisions.emplace();
  const auto none = decode_record(encode_record(record));
  REQUIRE(none.has_value());
  REQUIRE(event_of(*none).rollouts[0].completion.decisions.has_value());
  CHECK(event_of(*none).rollouts[0].completion.decisions->empty());
  CHECK_FALSE(
      event_of(*decode_record(encode_record(small_record()))).rollouts[0].completion.decisions.has_value());
}

TEST_CASE("journal record: decisions that are not within their text, in order, are corruption") {
  const auto with = [](const char* list) {
    return replaced(encode_record(small_record()), R"("answer":"2"})",
                    std::string(R"("answer":"2","decisions":)") + list + "}");
  };
  for (const char* list : {"[0]", "[5,60]", "[0,60,0,60]", "[0,60,5,60]", "[0,65536]", "[-1,60]", "[0.5,60]",
                           R"(["0",60])", "[4294967296,60]", "[1,60,18446744073709551615,60]", "{}", "7"})
    check_corruption(with(list), "decisions");
  CHECK(decode_record(with("[4,60]")).has_value());
}

TEST_CASE("journal record: what is wrong is told by its field") {
  const std::string line = encode_record(small_record());
  check_corruption("", "not a JSON object");
  check_corruption("[]", "not a JSON object");
  check_corruption(line.substr(0, line.size() / 2), "not a JSON object");
  check_corruption("{\"x\":\"\xFF\"}", "not a JSON object");
  check_corruption(replaced(line, "\"version\":1,", ""), "\"version\" is missing");
  check_corruption(replaced(line, "\"version\":1", "\"version\":2"), "version 2");
  check_corruption(replaced(line, "\"problem\":5", "\"problem\":-5"), "\"problem\" is not a whole number");
  check_corruption(replaced(line, "\"ticket\":3", "\"ticket\":0"), "\"ticket\" is 0");
  check_corruption(replaced(line, "\"ticket\":3", "\"ticket\":4294967296"), "\"ticket\"");
  check_corruption(replaced(line, "\"right\"", "\"rihgt\""), "\"rollouts[0].verdict\"");
  check_corruption(replaced(line, "\"tokens\":7,\"log", "\"tokens\":7.5,\"log"), "\"rollouts[0].tokens\"");
  check_corruption(replaced(line, "\"text\":\"1+1=2\"", "\"text_base64\":\"?\""), "\"rollouts[0].text\"");
  check_corruption(replaced(line, "\"rollouts\":[", "\"refusal\":\"no\",\"rollouts\":["), "\"rollouts\"");
  check_corruption(replaced(line, "\"rollouts\":[", "\"requests\":0,\"rollouts\":["), "\"requests\" is 0");
  check_corruption(replaced(line, "\"usage\":{", "\"usage\":[],\"x\":{"), "\"usage\" is not an object");
}

TEST_CASE("journal record: nesting beyond the limit is refused before anything is built") {
  const std::string deep = "{\"version\":" + std::string(1000000, '[');
  check_corruption(deep, "nested more than");
  check_corruption("{\"x\":\"" + std::string(1000, '['), "not a JSON object");
}

TEST_CASE("journal record: a ruling is what the format says, and comes back as it was") {
  JournalRecord record = small_record();
  domain::Ruling& ruling = record.content.emplace<domain::Ruling>();
  ruling.answer = "the former";
  ruling.verdict = domain::Verdict::kRight;
  ruling.reply = "Verdict: right";
  ruling.bill.model = "j";
  ruling.bill.usage.completion_tokens = 5;
  const std::string line = encode_record(record);
  CHECK(line == R"({"version":1,"problem":5,"id":"q","fingerprint":"00ff","ruling":{"answer":"the former",)"
                R"("rules":"unparsed","verdict":"right","reply":"Verdict: right","judge":"j",)"
                R"("usage":{"completion_tokens":5}}})");
  check_corruption(replaced(line, R"("verdict":"right")", R"("verdict":"truncated")"), "\"ruling.verdict\"");
  check_corruption(replaced(line, R"("rules":"unparsed")", R"("rules":"failed")"), "\"ruling.rules\"");
  check_corruption(replaced(line, R"("reply":)", R"("words":)"), "\"ruling.reply\"");
  core::Random random(12);
  for (int i = 0; i < 200; ++i) {
    record.content = codec::test::random_ruling(random);
    const auto decoded = decode_record(encode_record(record));
    REQUIRE(decoded.has_value());
    codec::test::check_same(std::get<domain::Ruling>(record.content),
                            std::get<domain::Ruling>(decoded->content));
  }
}

TEST_CASE("journal record: a rollout that waits for the judge says so, and has an answer") {
  JournalRecord record = small_record();
  event_of(record).rollouts[0].to_judge = true;
  const std::string line = encode_record(record);
  CHECK(line.find(R"("answer":"2","to_judge":true})") != std::string::npos);
  CHECK(event_of(*decode_record(line)).rollouts[0].to_judge);
  check_corruption(replaced(line, R"("answer":"2",)", ""), "\"rollouts[0].to_judge\"");
  check_corruption(replaced(line, R"("to_judge":true)", R"("to_judge":1)"), "\"rollouts[0].to_judge\"");
}
