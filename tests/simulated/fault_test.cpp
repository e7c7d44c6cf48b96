#include "faults.hpp"
#include "samples.hpp"
#include "service_fixture.hpp"
#include "spoil.hpp"

#include <viltree/core/text.hpp>

#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using Json = nlohmann::json;

namespace {

constexpr std::uint32_t kSiblings = 3;

HttpReply struck_by(const std::string& faults, bool stream = false) {
  ServerOptions options;
  options.faults = faults;
  const auto service = open_service(options);
  Json body = chat_body(make_problem(kSeed, 0), "", kSiblings, 5);
  body["stream"] = stream;
  return post_chat(*service, body);
}

Json choices_of(const HttpReply& reply) {
  return Json::parse(reply.body).at("choices");
}

std::string content(const Json& choice) {
  return choice.at("message").at("content").get<std::string>();
}

}  // namespace

TEST_CASE("faults: they strike as often as asked, the same requests for the same seed") {
  ServerOptions options;
  options.faults = "503:0.2,reset:0.1,truncated:0.1,garbage:0.1,slow:0.1:25";
  const Json body = chat_body(make_problem(kSeed, 0), "", 1, 5);
  const auto history = [&] {
    const auto service = open_service(options);
    std::string kinds;
    for (int i = 0; i < 400; ++i) {
      const HttpReply reply = post_chat(*service, body);
      char kind = reply.status == 503 ? '5' : '.';
      if (reply.delivery == Delivery::kReset) kind = 'r';
      if (reply.delivery == Delivery::kTruncated) kind = 't';
      if (reply.status == 200 && Json::parse(reply.body, nullptr, false).is_discarded()) kind = 'g';
      if (reply.delay.count() == 25) kind = 's';
      kinds += kind;
    }
    return kinds;
  };
  const std::string kinds = history();
  CHECK(history() == kinds);
  std::map<char, int> counts;
  for (const char kind : kinds) ++counts[kind];
  CHECK(std::abs(counts['5'] - 80) < 30);
  for (const char kind : {'r', 't', 'g', 's'}) CHECK(std::abs(counts[kind] - 40) < 25);
  options.seed = 2;
  CHECK(history() != kinds);
}

TEST_CASE("faults: a specification that makes no sense is refused, naming its part") {
  for (const std::string spec : {"oops:0.1",
                                 "500",
                                 "500:2",
                                 "500:x",
                                 "500:-0.1",
                                 "200:0.1",
                                 "slow:0.1",
                                 "reset:0.1:5",
                                 "slow:0.1:-4",
                                 "500:0.6,429:0.6",
                                 "500:0.1,",
                                 ",",
                                 "500:0.1:20",
                                 "429:0.1:x",
                                 "429:0.1:5:5",
                                 "storm:0.1:5",
                                 "storm:0.6,storm:0.6",
                                 "dies:0.1:9999999",
                                 "garbage:0.1:1",
                                 "no_finish:0.1",
                                 "storm",
                                 "stall:0.1:"}) {
    CAPTURE(spec);
    const auto plan = FaultPlan::parse(spec, 1);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().kind == core::ErrorKind::kInvalidInput);
  }
  for (const std::string spec :
       {"", "500:0.5,429:0.5", "429:0.1:30,503:0.1", "trickle:0.1,trickle:0.1:20", "stall:0.1:0", "dies:0.1",
        "storm:1", "storm:0.5,dies:0.5", "reset-late:1e-3"}) {
    CAPTURE(spec);
    CHECK(FaultPlan::parse(spec, 1));
  }
}

TEST_CASE("faults: a storm is every kind but the one that kills, in equal shares") {
  const auto plan = FaultPlan::parse("storm:0.85", 3).value();
  std::map<std::string, int> counts;
  for (std::uint64_t n = 1; n <= 17'000; ++n) {
    const auto fault = plan.draw(n);
    ++counts[fault ? fault->name : ""];
  }
  CHECK(counts.size() == 18);
  CHECK_FALSE(counts.contains("dies"));
  for (const auto& [name, count] : counts) {
    CAPTURE(name);
    CHECK(std::abs(count - (name.empty() ? 2550 : 850)) < 200);
  }
}

TEST_CASE("faults: choices are doubled, lost, alike, unfinished or broken") {
  const Json right = choices_of(struck_by(""));
  REQUIRE(right.size() == kSiblings);
  const Json twice = choices_of(struck_by("duplicate:1"));
  CHECK(twice.size() == kSiblings + 1);
  CHECK(twice.back() == right[0]);
  CHECK(choices_of(struck_by("missing:1")).size() == kSiblings - 1);
  CHECK(choices_of(struck_by("empty:1")).empty());
  const Json alike = choices_of(struck_by("identical:1"));
  for (std::size_t i = 0; i < kSiblings; ++i) {
    CHECK(content(alike[i]) == content(right[0]));
    CHECK(alike[i]["index"] == i);
  }
  const Json unfinished = choices_of(struck_by("no-finish:1"));
  CHECK(unfinished.back()["finish_reason"].is_null());
  CHECK(unfinished[0]["finish_reason"] == "stop");
  const auto broken = struck_by("utf8:1");
  CHECK_FALSE(core::is_utf8(broken.body));
  CHECK(Json::parse(broken.body, nullptr, false).is_discarded());
  CHECK(core::repair_utf8(broken.body).size() > broken.body.size());
}

TEST_CASE("faults: bodies are garbage or nested without end") {
  CHECK(Json::parse(struck_by("garbage:1").body, nullptr, false).is_discarded());
  const auto deep = struck_by("deep:1");
  CHECK(deep.status == 200);
  CHECK(std::count(deep.body.begin(), deep.body.end(), '[') == 100'000);
}

TEST_CASE("faults: what spoils a body spoils a stream, in its own way") {
  const Streamed right = read_stream(struck_by("", true));
  const Streamed twice = read_stream(struck_by("duplicate:1", true));
  CHECK(twice.choices.at(0).finishes == 2);
  const Streamed missing = read_stream(struck_by("missing:1", true));
  CHECK(missing.choices.size() == kSiblings - 1);
  CHECK(missing.done);
  CHECK(read_stream(struck_by("empty:1", true)).choices.empty());
  CHECK(read_stream(struck_by("identical:1", true)).choices.at(2).text == right.choices.at(0).text);
  const Streamed unfinished = read_stream(struck_by("no-finish:1", true));
  CHECK(unfinished.choices.at(2).text == right.choices.at(2).text);
  CHECK(unfinished.choices.at(2).finishes == 0);
  CHECK_FALSE(core::is_utf8(struck_by("utf8:1", true).body));
  for (const std::string spec : {"garbage:1", "deep:1"}) {
    const auto reply = struck_by(spec, true);
    CHECK(reply.chunk_ends.back() == reply.body.size());
    CHECK(reply.body.starts_with("data: {"));
    CHECK(reply.body.ends_with("data: [DONE]\n\n"));
    CHECK(reply.body.size() > struck_by("", true).body.size());
  }
}

TEST_CASE("faults: how a reply is to be sent") {
  const std::map<std::string, Delivery> deliveries = {
      {"reset:1", Delivery::kReset},         {"reset-late:1", Delivery::kResetLate},
      {"truncated:1", Delivery::kTruncated}, {"trickle:1:70", Delivery::kTrickle},
      {"stall:1:70", Delivery::kStall},      {"dies:1:70", Delivery::kServerDies}};
  for (const auto& [spec, delivery] : deliveries) {
    CAPTURE(spec);
    for (const bool stream : {false, true}) {
      const auto reply = struck_by(spec, stream);
      CHECK(reply.delivery == delivery);
      if (spec.ends_with(":70")) CHECK(reply.span.count() == 70);
    }
  }
  CHECK(struck_by("slow:1:9").delay.count() == 9);
  ServerOptions options;
  options.faults = "length:1";
  const auto service = open_service(options);
  const Json body = chat_body(make_problem(kSeed, 0), "", 1, 5);
  CHECK(post_chat(*service, body).delivery == Delivery::kTooShort);
  CHECK(post_chat(*service, body).delivery == Delivery::kTooLong);
}

TEST_CASE("faults: overload comes with every form of when to come back, by turns") {
  ServerOptions options;
  options.faults = "429:1:1500";
  const auto service = open_service(options);
  const Json body = chat_body(make_problem(kSeed, 0), "", 1, 5);
  std::set<std::string> forms;
  for (int i = 0; i < 7; ++i) {
    const auto reply = post_chat(*service, body);
    CHECK(reply.status == 429);
    const std::string value(reply.header("retry-after"));
    forms.insert(reply.headers.empty()    ? "none"
                 : value.empty()          ? reply.headers[0].first + '=' + reply.headers[0].second
                 : value.ends_with("GMT") ? "date"
                                          : value);
  }
  CHECK(forms == std::set<std::string>{"none", "date", "1", "2", "1.500", "retry-after-ms=1500",
                                       "x-ratelimit-reset-requests=1500ms"});
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  Fault other;
  other.status = 500;
  CHECK(retry_headers(other, 0).empty());
}

TEST_CASE("faults: they are counted by kind") {
  ServerOptions options;
  options.faults = "503:0.5,utf8:0.5";
  const auto service = open_service(options);
  for (int i = 0; i < 20; ++i) static_cast<void>(post_chat(*service, chat_body(foreign_problem(), "", 2, 5)));
  const ServerStats stats = service->stats();
  CHECK(stats.requests == 20);
  CHECK(stats.faults.at("503") + stats.faults.at("utf8") == 20);
  CHECK(stats.sequences == 2 * stats.faults.at("utf8"));
  CHECK(stats.generated_tokens > 0);
  const Json page = Json::parse(get(*service, "/stats").body);
  CHECK(page["requests"] == 20);
  CHECK(page["faults"]["utf8"] == stats.faults.at("utf8"));
}
