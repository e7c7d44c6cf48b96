#include "policy_fixture.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http::testing;
using Json = nlohmann::json;
using Condition = policy::EndpointState::Condition;

namespace {

http::HttpOptions options_for_all(const std::vector<std::unique_ptr<ScriptedServer>>& servers) {
  http::HttpOptions options = options_for(*servers.front());
  options.endpoints.clear();
  for (const auto& server : servers) options.endpoints.push_back({.url = server->url()});
  return options;
}

std::vector<std::unique_ptr<ScriptedServer>> make_servers(std::size_t count) {
  std::vector<std::unique_ptr<ScriptedServer>> servers;
  for (std::size_t i = 0; i < count; ++i) servers.push_back(std::make_unique<ScriptedServer>());
  return servers;
}

std::shared_ptr<const policy::Prompt> prompt_of(policy::Policy& policy, const std::string& id) {
  auto problem = question("Question " + id);
  problem.id = id;
  auto prompt = policy.prepare(problem);
  REQUIRE(prompt.has_value());
  return *prompt;
}

/// Questions that a server was asked, and how often.
std::map<std::string, int> questions_of(ScriptedServer& server) {
  std::map<std::string, int> asked;
  for (const Request& request : server.chat_requests()) {
    ++asked[Json::parse(request.body).at("messages").front().at("content").get<std::string>()];
  }
  return asked;
}

}  // namespace

TEST_CASE("http fleet: a tree stays with one server, and the trees are spread over all") {
  const auto servers = make_servers(3);
  const auto policy = started(options_for_all(servers));
  for (int tree = 0; tree < 30; ++tree) {
    const auto prompt = prompt_of(*policy, std::to_string(tree));
    for (int i = 0; i < 4; ++i) REQUIRE(ask(*policy, {.prompt = prompt, .prefix = {}}).get().has_value());
  }
  std::set<std::string> seen;
  for (const auto& server : servers) {
    const auto asked = questions_of(*server);
    CHECK(asked.size() >= 3);
    for (const auto& [question, times] : asked) {
      CHECK(times == 4);
      CHECK(seen.insert(question).second);
    }
  }
  CHECK(seen.size() == 30);
}

TEST_CASE("http fleet: a server with time takes what another has no time for") {
  const auto servers = make_servers(2);
  for (const auto& server : servers) server->set_default({.how = Reply::How::kHold});
  auto options = options_for_all(servers);
  options.limits.in_flight = 2;
  const auto policy = started(options);
  const auto prompt = prompt_of(*policy, "one tree");
  std::vector<std::future<policy::SampleResult>> results;
  for (int i = 0; i < 4; ++i) results.push_back(ask(*policy, {.prompt = prompt, .prefix = {}}));
  for (const auto& server : servers) server->wait_for_requests(2);
  for (const auto& server : servers) server->release(2);
  for (auto& result : results) CHECK(result.get().has_value());
}

TEST_CASE("http fleet: when a server is lost its work goes to the others, and its state says so") {
  auto servers = make_servers(2);
  auto options = options_for_all(servers);
  options.endpoints[0].model = options.endpoints[1].model = "test-model";
  const auto policy = started(options);
  servers.front().reset();
  for (int tree = 0; tree < 20; ++tree) {
    REQUIRE(
        ask(*policy, {.prompt = prompt_of(*policy, std::to_string(tree)), .prefix = {}}).get().has_value());
  }
  wait_for([&] { return policy->health().endpoints.front().condition == Condition::kLost; });
  const auto health = policy->health();
  CHECK_FALSE(health.outage.has_value());
  CHECK(health.endpoints.back().condition == Condition::kReady);
  CHECK(health.endpoints.front().reason.find("cannot be reached") != std::string::npos);
}

TEST_CASE("http fleet: a server that is not there at the start is taken in when it comes") {
  auto servers = make_servers(2);
  auto options = options_for_all(servers);
  options.endpoints[0].model = options.endpoints[1].model = "test-model";
  servers.back()->set_models({503, "{}"});
  const auto policy = started(options);
  CHECK(policy->health().endpoints.back().condition == Condition::kLost);
  servers.back()->set_models({200, models_body("test-model", "vllm")});
  wait_for([&] { return policy->health().endpoints.back().condition == Condition::kReady; });
}

TEST_CASE("http fleet: a server that comes late is taken in whatever becomes of the others") {
  auto servers = make_servers(3);
  auto options = options_for_all(servers);
  for (auto& endpoint : options.endpoints) endpoint.model = "test-model";
  for (const std::size_t lost : {1U, 2U}) servers[lost]->set_models({503, "{}"});
  const auto policy = started(options);
  servers[1]->set_models({.how = Reply::How::kNever});
  servers[2]->set_models({200, models_body("test-model", "vllm")});
  wait_for([&] { return policy->health().endpoints[2].condition == Condition::kReady; });
  CHECK(policy->health().endpoints[1].condition == Condition::kLost);
}

TEST_CASE("http fleet: a server that refuses us is left out, and the others go on") {
  auto servers = make_servers(2);
  servers.front()->set_default({401, "{}"});
  const auto policy = started(options_for_all(servers));
  for (int tree = 0; tree < 20; ++tree) {
    REQUIRE(
        ask(*policy, {.prompt = prompt_of(*policy, std::to_string(tree)), .prefix = {}}).get().has_value());
  }
  CHECK(servers.front()->chat_requests().size() == 1);
  CHECK(policy->health().endpoints.front().condition == Condition::kRefused);
}

TEST_CASE("http fleet: while no server of a model can be asked there is an outage, and it ends") {
  auto servers = make_servers(2);
  servers.back()->set_models({200, models_body("another", "vllm")});
  servers.back()->set_default({500, "{}"});
  const auto policy = started(options_for_all(servers));
  CHECK(policy->model() == "test-model+another");
  const auto prompt = prompt_of(*policy, "1");
  std::vector<std::future<policy::SampleResult>> results;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    results.push_back(ask(*policy, {.prompt = prompt, .prefix = {}, .seed = seed}));
  }
  wait_for([&] { return policy->health().outage.has_value(); });
  servers.back()->set_default({});
  std::set<std::string> models;
  for (auto& future : results) {
    const auto result = future.get();
    REQUIRE(result.has_value());
    models.insert(result->bill.model);
  }
  CHECK(models == std::set<std::string>{"test-model", "another"});
  wait_for([&] { return !policy->health().outage.has_value(); });
}

TEST_CASE("http fleet: the beginning of an outage is not forgotten because a canary is answered") {
  auto servers = make_servers(1);
  servers.front()->set_default({500, "{}"});
  const auto policy = started(options_for_all(servers));
  auto future = ask(*policy, {.prompt = prompt_of(*policy, "1"), .prefix = {}});
  std::optional<policy::Outage> outage;
  const auto is_out = [&] { return (outage = policy->health().outage).has_value(); };
  wait_for(is_out);
  const auto seen = std::chrono::steady_clock::now();
  servers.front()->answer_shortest();
  wait_for([&] { return !is_out(); });
  const auto over = std::chrono::steady_clock::now();
  wait_for(is_out);
  CHECK(outage->lasts >= std::chrono::duration_cast<std::chrono::milliseconds>(over - seen));
  servers.front()->set_default({});
  CHECK(future.get().has_value());
}

TEST_CASE("http fleet: refusals are believed once something else is answered") {
  auto servers = make_servers(1);
  servers.front()->set_default({.status = 413, .body = "{}"});
  const auto policy = started(options_for_all(servers));
  std::vector<std::future<policy::SampleResult>> refused;
  const auto hold = [&] {
    servers.front()->set_default({.how = Reply::How::kHold});
    auto held = ask(*policy, {.prompt = prompt_of(*policy, "held"), .prefix = {}});
    servers.front()->wait_for_requests(1);
    servers.front()->set_default({.status = 413, .body = "{}"});
    return held;
  };
  auto held = hold();
  for (int i = 0; i < 7; ++i)
    refused.push_back(ask(*policy, {.prompt = prompt_of(*policy, std::to_string(i)), .prefix = {}}));
  servers.front()->wait_for_requests(8);
  servers.front()->release(1);
  CHECK(held.get().has_value());
  for (auto& one : refused) CHECK(one.get().error().why == policy::Uncompleted::Why::kRefused);
}

TEST_CASE("http fleet: a server that refuses eight problems and answers nothing is not believed") {
  auto servers = make_servers(1);
  servers.front()->set_default({.how = Reply::How::kHold});
  const auto policy = started(options_for_all(servers));
  auto held = ask(*policy, {.prompt = prompt_of(*policy, "held"), .prefix = {}});
  servers.front()->wait_for_requests(1);
  servers.front()->set_default({.status = 413, .body = R"({"error": "too large"})"});
  std::vector<std::future<policy::SampleResult>> refused;
  for (int i = 0; i < 8; ++i)
    refused.push_back(ask(*policy, {.prompt = prompt_of(*policy, std::to_string(i)), .prefix = {}}));
  for (auto& one : refused) {
    const auto result = one.get();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().why == policy::Uncompleted::Why::kRefusesUs);
    CHECK(result.error().reason.find("too large") != std::string::npos);
  }
  servers.front()->release(1);
  CHECK(held.get().has_value());
}

TEST_CASE("http fleet: what needs images and finds no server that takes them is told so") {
  auto servers = make_servers(2);
  servers.front()->set_default({401, "{}"});
  auto options = options_for_all(servers);
  options.endpoints.back().dialect = "llama-cpp-python";  // text alone
  options.endpoints.back().chat_template = "chatml";
  const auto policy = started(options);
  auto problem = question("What is this?");
  domain::Image image;
  image.media_type = "image/png";
  image.bytes = std::make_shared<const std::string>("png");
  problem.images.push_back(image);
  const auto prompt = policy->prepare(problem);
  REQUIRE(prompt.has_value());
  const auto result = ask(*policy, {.prompt = *prompt, .prefix = {}}).get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == policy::Uncompleted::Why::kRefusesUs);
  CHECK(ask(*policy, {.prompt = prompt_of(*policy, "text"), .prefix = {}}).get().has_value());
}

TEST_CASE("http fleet: an overload is a pause, however many requests it meets") {
  auto servers = make_servers(1);
  servers.front()->set_default({.status = 429, .body = "{}", .how = Reply::How::kHold});
  auto options = options_for_all(servers);
  options.limits.backoff_base = options.limits.backoff_cap = std::chrono::hours(1);
  options.jitter_seed = 1;
  const auto policy = started(options);
  for (int i = 0; i < 20; ++i)
    policy->sample({.prompt = prompt_of(*policy, std::to_string(i)), .prefix = {}}, [](auto) {});
  servers.front()->wait_for_requests(20);  // all are on their way before the first is refused
  servers.front()->release(20);
  wait_for([&] { return policy->counts().failures >= 20; });
  CHECK(policy->health().endpoints.front().condition == Condition::kPaused);
}

TEST_CASE("http fleet: which model draws a sample follows from its seed") {
  std::vector<std::string> drawn;
  for (int round = 0; round < 2; ++round) {
    auto servers = make_servers(2);
    servers.back()->set_models({200, models_body("another", "vllm")});
    const auto policy = started(options_for_all(servers));
    const auto prompt = prompt_of(*policy, "1");
    std::string all;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const auto result = ask(*policy, {.prompt = prompt, .prefix = {}, .seed = seed}).get();
      REQUIRE(result.has_value());
      all += result->bill.model + " ";
    }
    drawn.push_back(all);
  }
  CHECK(drawn[0] == drawn[1]);
}

TEST_CASE("http fleet: prompt tokens in flight are bounded") {
  auto servers = make_servers(1);
  servers.front()->set_default({.how = Reply::How::kHold});
  auto options = options_for_all(servers);
  options.limits.prompt_tokens_in_flight = 100;
  const auto policy = started(options);
  const auto prompt = prompt_of(*policy, std::string(200, 'x'));
  std::vector<std::future<policy::SampleResult>> results;
  for (int i = 0; i < 3; ++i) results.push_back(ask(*policy, {.prompt = prompt, .prefix = {}}));
  for (std::size_t i = 1; i <= 3; ++i) {
    servers.front()->wait_for_requests(i);
    CHECK(servers.front()->chat_requests().size() == i);
    servers.front()->release(1);
  }
  for (auto& result : results) CHECK(result.get().has_value());
}
