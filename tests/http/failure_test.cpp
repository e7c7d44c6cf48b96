#include "failure.hpp"

#include "policy_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;
using Why = policy::Uncompleted::Why;
using std::chrono::milliseconds;

namespace {

constexpr const char* kSecret = "sk-very-secret-0123";

std::string error_body(const std::string& message) {
  return nlohmann::json{{"error", {{"message", message}}}}.dump();
}

policy::Uncompleted error_of(policy::Policy& policy) {
  const auto result = ask(policy, sample_of(policy)).get();
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

bool is_ready(const std::future<policy::SampleResult>& result) {
  return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

/// Requests that have this in their bodies.
std::size_t attempts_at(ScriptedServer& server, const std::string& part) {
  const auto requests = server.chat_requests();
  return static_cast<std::size_t>(std::count_if(
      requests.begin(), requests.end(), [&](const Request& request) { return has(request.body, part); }));
}

}  // namespace

TEST_CASE("http failure: what may pass is tried again, and the reply counts once") {
  for (const Reply& failure :
       {Reply{500, "oops"}, Reply{503, error_body("Loading model")},
        Reply{.status = 429, .headers = {{"Retry-After", "0"}}}, Reply{408, ""}, Reply{409, ""},
        Reply{.how = Reply::How::kResetFirst}, Reply{200, chat_body({"cut"}), Reply::How::kResetMidway}}) {
    INFO(failure.status);
    ScriptedServer server({failure, failure});
    const auto policy = started(options_for(server));
    const auto result = ask(*policy, sample_of(*policy)).get();
    REQUIRE(result.has_value());
    CHECK(result->completions.size() == 1);
    CHECK(result->bill.usage.completion_tokens == 3U);
    CHECK(policy->counts().retries == 2);
    CHECK(policy->counts().failures == 2);
    CHECK(policy->counts().requests == 3);
    CHECK(server.chat_requests().size() == 3);
  }
}

TEST_CASE(
    "http failure: one that fails to the end while others are answered is given up, with the last reason") {
  ScriptedServer server;
  server.set_for("poison", Reply{500, error_body("not this one")});
  auto options = options_for(server);
  options.limits.retries = 2;
  const auto policy = started(options);
  auto failing = ask(*policy, sample_of(*policy, 3, "poison"));
  // A series counts where something else is answered meanwhile.
  while (!is_ready(failing)) REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  const auto failed = failing.get();
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().why == Why::kGaveUp);
  CHECK(has(failed.error().reason, "gave up after "));
  CHECK(has(failed.error().reason, "not this one"));
  CHECK(has(failed.error().reason, server.url()));
  CHECK(failed.error().bill.requests == 0);
  CHECK(attempts_at(server, "poison") >= 6 * 3);  // more where nothing else was answered within a series
}

TEST_CASE("http failure: one that fails for long is answered in the end, and others go on meanwhile") {
  ScriptedServer server;
  server.set_for("poison", Reply{500, error_body("not yet")});
  auto options = options_for(server);
  options.limits.retries = 0;
  const auto policy = started(options);
  auto slow = ask(*policy, sample_of(*policy, 1, "poison"));
  server.wait_for_requests(1);
  REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  while (attempts_at(server, "poison") < 4) std::this_thread::yield();
  server.set_for("poison", std::nullopt);
  const auto result = slow.get();
  REQUIRE(result.has_value());
  CHECK(result->bill.requests == 1);
  CHECK(result->bill.discarded == 0);
}

TEST_CASE(
    "http failure: who rests for long makes room for others, and is stopped when the policy winds down") {
  ScriptedServer server;
  server.set_for("poison",
                 Reply{.status = 500, .body = error_body("later"), .headers = {{"Retry-After", "500"}}});
  auto options = options_for(server);
  options.limits.in_flight = 8;
  const auto policy = started(options);
  const std::uint32_t room = policy->max_sequences();
  auto resting = ask(*policy, sample_of(*policy, 3, "poison"));
  wait_for([&] { return policy->max_sequences() == room + 3; });
  CHECK(ask(*policy, sample_of(*policy)).get().has_value());
  policy->wind_down();
  const auto ended = resting.get();
  REQUIRE_FALSE(ended.has_value());
  CHECK(ended.error().why == Why::kStopped);
  wait_for([&] { return policy->max_sequences() == room; });
  // From now on nothing rests.
  CHECK(ask(*policy, sample_of(*policy, 3, "poison")).get().error().why == Why::kStopped);
  CHECK(ask(*policy, sample_of(*policy)).get().has_value());
}

TEST_CASE("http failure: a lost server is tried with small requests, and all is answered when it is back") {
  std::vector<Reply> script(30, Reply{500, error_body("out of order")});
  ScriptedServer server(script);
  auto options = options_for(server);
  options.limits.in_flight = 4;
  const auto policy = started(options);
  std::vector<std::future<policy::SampleResult>> results;
  for (int i = 0; i < 10; ++i) results.push_back(ask(*policy, sample_of(*policy)));
  for (auto& result : results) CHECK(result.get().has_value());
  CHECK_FALSE(policy->health().outage.has_value());
  const auto requests = server.chat_requests();
  std::size_t small = 0;
  for (const Request& request : requests)
    small += nlohmann::json::parse(request.body).at("max_tokens") == 1 ? 1 : 0;
  CHECK(small > 10);  // most of the thirty failures cost no more than a token
}

TEST_CASE("http failure: an overload is waited out, however long, and said in the state of the server") {
  ScriptedServer server;
  server.set_default({.status = 429, .body = error_body("slow down"), .headers = {{"Retry-After", "500"}}});
  auto options = options_for(server);
  options.limits.in_flight = 1;
  const auto policy = started(options);
  std::vector<std::future<policy::SampleResult>> results;
  for (int i = 0; i < 20; ++i) results.push_back(ask(*policy, sample_of(*policy)));
  wait_for([&] {
    return policy->health().endpoints.front().condition == policy::EndpointState::Condition::kPaused;
  });
  CHECK(has(policy->health().endpoints.front().reason, "slow down"));
  CHECK(server.chat_requests().size() <= OverloadRow::kLong + 1);  // one goes before the last is read
  policy->stop();
  for (auto& result : results) CHECK(result.get().error().why == Why::kStopped);
}

TEST_CASE("http failure: a server that asks not to come again is not asked quickly again") {
  ScriptedServer server;
  server.set_for("poison", Reply{.status = 500, .headers = {{"X-Should-Retry", "false"}}});
  auto options = options_for(server);
  options.limits.retries = 1'000'000;
  const auto policy = started(options);
  auto future = ask(*policy, sample_of(*policy, 1, "poison"));
  while (!is_ready(future)) REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  const auto result = future.get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == Why::kGaveUp);
}

TEST_CASE("http failure: 400, 413 and 422 refuse this prefix alone, with the server's message, at once") {
  for (const unsigned status : {400U, 413U, 422U}) {
    ScriptedServer server({{status, error_body("too many tokens")}});
    const auto policy = started(options_for(server));
    const auto error = error_of(*policy);
    CHECK(error.why == Why::kRefused);
    CHECK(has(error.reason, "too many tokens"));
    CHECK(server.chat_requests().size() == 1);
    CHECK(ask(*policy, sample_of(*policy)).get().has_value());
  }
}

TEST_CASE("http failure: one refused sibling is the result, and the others are not asked any more") {
  ScriptedServer server({{200, chat_body({"fine"})}, {400, error_body("no")}});
  auto options = options_for(server);
  options.endpoints.front().dialect = "llama-server";
  options.limits.in_flight = 1;
  const auto policy = started(options);
  REQUIRE(ask(*policy, sample_of(*policy)).get().has_value());
  const auto result = ask(*policy, sample_of(*policy, 5)).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == Why::kRefused);
  // The next was sent before the refusal was read.
  CHECK(server.chat_requests().size() <= 3);
}

TEST_CASE("http failure: what siblings cost that came before a refusal is in its bill") {
  ScriptedServer server({{200, chat_body({"a", "b"})}, {400, error_body("no")}});
  const auto policy = started(options_for(server));
  const auto refused = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().bill == domain::Bill{{10, 4, 6}, 1, 2, "test-model"});
}

TEST_CASE("http failure: siblings that came before a failure are kept, and are not asked for again") {
  ScriptedServer server({{200, chat_body({"a", "b"})}, {500, error_body("not now")}});
  const auto policy = started(options_for(server));
  const auto result = ask(*policy, sample_of(*policy, 3)).get();
  REQUIRE(result.has_value());
  CHECK(result->completions[0].text == "a");
  CHECK(result->completions[1].text == "b");
  CHECK(result->completions[2].text == "text 0");
  CHECK(result->bill == domain::Bill{{20, 8, 9}, 2, 0, "test-model"});
  const auto body = nlohmann::json::parse(server.chat_requests().back().body);
  CHECK(body.at("seed") == 9);
  CHECK(server.chat_requests().size() == 3);
}

TEST_CASE("http failure: llama-server's lasting refusals of status 500 are not repeated") {
  ScriptedServer server({{500, error_body("image input is not supported")}});
  auto options = options_for(server);
  options.endpoints.front().dialect = "llama-server";
  const auto policy = started(options);
  CHECK(error_of(*policy).why == Why::kRefused);
}

TEST_CASE("http failure: a llama-server that does not repeat the prefix ends everything") {
  ScriptedServer server({{200, chat_body({"two"})}});
  auto options = options_for(server);
  options.endpoints.front().dialect = "llama-server";
  const auto policy = started(options);
  const auto result = ask(*policy, sample_of(*policy, 1, "One, ")).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == Why::kRefusesUs);
  CHECK(has(result.error().reason, "does not begin with the prefix"));
}

TEST_CASE("http failure: a refused key ends everything, and is shown nowhere") {
  REQUIRE(setenv("VILTREE_TEST_KEY", kSecret, 1) == 0);
  for (const unsigned status : {401U, 403U}) {
    ScriptedServer server({{status, error_body(std::string("bad key ") + kSecret + "!")}});
    auto options = options_for(server);
    options.endpoints.front().api_key_env = "VILTREE_TEST_KEY";
    const auto policy = started(options);
    const auto error = error_of(*policy);
    CHECK(error.why == Why::kRefusesUs);
    CHECK_FALSE(has(error.reason, kSecret));
    CHECK(has(error.reason, "VILTREE_TEST_KEY"));
    CHECK(server.chat_requests().size() == 1);
    CHECK(server.chat_requests().front().header("authorization") == std::string("Bearer ") + kSecret);
    CHECK(server.model_requests().front().header("authorization") == std::string("Bearer ") + kSecret);
  }
  unsetenv("VILTREE_TEST_KEY");
}

TEST_CASE("http failure: without a key none is sent, and the error says how to give one") {
  ScriptedServer server({{401, error_body("missing")}});
  const auto policy = started(options_for(server));
  const auto error = error_of(*policy);
  CHECK(error.why == Why::kRefusesUs);
  CHECK(has(error.reason, "api_key_env"));
  CHECK(server.chat_requests().front().header("authorization").empty());
}

TEST_CASE("http failure: a key is found in an echo, however that is written") {
  REQUIRE(setenv("VILTREE_TEST_KEY", "ab/cd+ef", 1) == 0);
  const auto key = http::Secrets::load({.url = {}, .api_key_env = "VILTREE_TEST_KEY"});
  unsetenv("VILTREE_TEST_KEY");
  REQUIRE(key.has_value());
  for (const char* body :
       {"no ab/cd+ef", R"({"message":"no ab\/cd+ef"})", R"({"odd":"no ab\/cd\u002bef"})"}) {
    const auto message = http::server_message(body, *key);
    CHECK(has(message, "no [api key]"));
    CHECK_FALSE(has(message, "cd"));
  }
}

TEST_CASE("http failure: what a header holds is shown nowhere, and short values are no secrets") {
  REQUIRE(setenv("VILTREE_TEST_HEADER", R"({"team": "blue"})", 1) == 0);
  REQUIRE(setenv("VILTREE_TEST_SHORT", "on", 1) == 0);
  const auto secrets = http::Secrets::load(
      {.url = {}, .headers = {{"X-Team", "VILTREE_TEST_HEADER"}, {"X-Flag", "VILTREE_TEST_SHORT"}}});
  unsetenv("VILTREE_TEST_HEADER");
  unsetenv("VILTREE_TEST_SHORT");
  REQUIRE(secrets.has_value());
  CHECK_FALSE(secrets->has_key());
  for (const char* body : {R"(no: {"team": "blue"} on)", R"({"message":"no: {\"team\": \"blue\"} on"})",
                           R"({"message":"no: {\"team\": \"blue\"} on)"}) {
    const auto message = http::server_message(body, *secrets);
    CHECK(has(message, "no: [header X-Team] on"));
    CHECK_FALSE(has(message, "blue"));
  }
}

TEST_CASE("http failure: a proxy of the environment sees nothing of what goes to loopback") {
  REQUIRE(setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
  ScriptedServer server;
  const auto policy = started(options_for(server));
  CHECK(ask(*policy, sample_of(*policy)).get().has_value());
  unsetenv("http_proxy");
}

TEST_CASE("http failure: redirects are not followed, and unknown paths end the run") {
  ScriptedServer server({{.status = 302, .headers = {{"Location", "http://127.0.0.1:1/"}}},
                         {404, "{\"detail\":\"Not Found\"}"}});
  const auto redirected = started(options_for(server));
  const auto redirect = error_of(*redirected);
  CHECK(redirect.why == Why::kRefusesUs);
  CHECK(has(redirect.reason, "redirect"));
  CHECK(redirected->health().endpoints.front().condition == policy::EndpointState::Condition::kRefused);
  CHECK(error_of(*redirected).reason == redirect.reason);  // it is not asked any more
  CHECK(server.chat_requests().size() == 1);
  const auto policy = started(options_for(server));
  const auto unknown = error_of(*policy);
  CHECK(unknown.why == Why::kRefusesUs);
  CHECK(has(unknown.reason, "Not Found"));
  CHECK(has(unknown.reason, "asked was " + server.url() + "/chat/completions: is the model's name right"));
}

TEST_CASE("http failure: a request that is never answered is sent again after the time-out") {
  ScriptedServer server({{.how = Reply::How::kNever}});
  auto options = options_for(server);
  options.limits.timeout = milliseconds(50);
  options.limits.retries = 0;
  const auto policy = started(options);
  CHECK(ask(*policy, sample_of(*policy)).get().has_value());
  CHECK(policy->counts().failures == 1);
}

TEST_CASE("http failure: the server's message is found in every known place, and made harmless") {
  const http::Secrets no_key;
  CHECK(http::server_message(error_body("one"), no_key) == "one");
  CHECK(http::server_message(R"({"object":"error","message":"two"})", no_key) == "two");
  CHECK(http::server_message(R"({"error":"three"})", no_key) == "three");
  CHECK(http::server_message(R"({"detail":[{"msg":"four"}]})", no_key) == R"([{"msg":"four"}])");
  CHECK(http::server_message(R"({"code":4})", no_key) == R"({"code":4})");
  CHECK(http::server_message("five\nsix", no_key) == "five six");
  CHECK(http::server_message("\x1B[31mred\xFF", no_key) == "\\x1B[31mred\xEF\xBF\xBD");
  CHECK(http::server_message("", no_key) == "no message");
  std::string euros;
  for (int i = 0; i < 1000; ++i) euros += "\xE2\x82\xAC";
  CHECK(http::server_message(euros, no_key).size() < 410);
}

TEST_CASE("http failure: the server's wish to wait is read as milliseconds, seconds or a date, and bounded") {
  const std::time_t now = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT
  CHECK(http::requested_wait({"", "1500", "", "", ""}, now) == milliseconds(1500));
  CHECK(http::requested_wait({"7", "1500", "", "", ""}, now) == milliseconds(1500));
  CHECK(http::requested_wait({"1.5", "", "", "", ""}, now) == milliseconds(1500));
  CHECK(http::requested_wait({"Sun, 06 Nov 1994 08:49:40 GMT", "", "", "", ""}, now) == milliseconds(3000));
  CHECK(http::requested_wait({"Sun, 06 Nov 1994 08:00:00 GMT", "", "", "", ""}, now) == milliseconds(0));
  // By a server whose clock is an hour ahead of ours.
  CHECK(http::requested_wait(
            {"Sun, 06 Nov 1994 09:49:40 GMT", "", "", "", "", "Sun, 06 Nov 1994 09:49:38 GMT"}, now) ==
        milliseconds(2000));
  CHECK(http::requested_wait({"Sun, 06 Nov 1994 08:49:40 GMT", "", "", "", "", "yesterday"}, now) ==
        milliseconds(3000));
  CHECK(http::requested_wait({"1e300", "", "", "", ""}, now) == std::chrono::minutes(10));
  CHECK(http::requested_wait({"-3", "", "", "", ""}, now) == milliseconds(0));
  CHECK_FALSE(http::requested_wait({"nan", "soon", "", "", ""}, now).has_value());
  CHECK(http::requested_wait({"", "", "", "20ms", "1m2.5s"}, now) == milliseconds(62'500));
  CHECK(http::requested_wait({"", "", "", "6m0s", ""}, now) == std::chrono::minutes(6));
  CHECK_FALSE(http::requested_wait({"", "", "", "6 parsecs", "s"}, now).has_value());
  CHECK_FALSE(http::requested_wait({}, now).has_value());
}
