#include "synthetic.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/plan/plan.hpp>
#include <viltree/search/strategy.hpp>
#include <viltree/simulated/policy.hpp>
#include <viltree/storage/file_system.hpp>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <stdlib.h>

using namespace viltree;
using namespace viltree::plan;

namespace {

Sample all(double value) {
  Sample sample;
  sample.fill(value);
  return sample;
}

crawl::Options options_for(const std::string& strategy) {
  crawl::Options options;
  options.search.strategy = strategy;
  options.search.constants = *search::complete_constants(**search::find_strategy(strategy), {});
  options.prices = {2, 1, 10};
  options.facts.config_hash = "0123456789abcdef";
  return options;
}

std::vector<domain::Problem> problems(std::size_t count) {
  dataset::SourceOptions options;
  options.limit = count;
  return sample_problems(**dataset::open_source(options), count)->problems;
}

double mean(const std::vector<Sample>& samples, Quantity quantity) {
  double sum = 0;
  for (const Sample& sample : samples) sum += at(sample, quantity);
  return sum / static_cast<double>(samples.size());
}

class Silent final : public crawl::Observer {
 public:
  void progress(const archive::Progress&) override {}
  void notice(const std::string&) override {}
};

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "viltree-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("estimate: mean, percentiles, total and its standard error") {
  const std::vector<Sample> samples = {all(1), all(3), all(2), all(4), all(5)};
  const Range range = *estimate(samples, 100, false)[0];
  CHECK(range.mean == 3);
  CHECK(range.p10 == doctest::Approx(1.4));
  CHECK(range.p90 == doctest::Approx(4.6));
  CHECK(range.total == 300);
  CHECK(range.total_error == doctest::Approx(100 * std::sqrt(2.5 / 5)));
}

TEST_CASE("estimate: what was crawled is certain, the others are not") {
  const std::vector<Sample> samples = {all(1), all(3)};
  const Range part = *estimate(samples, 10, true)[0];
  CHECK(part.total == 4 + 2 * 8);
  CHECK(part.total_error == doctest::Approx(8 * std::sqrt(2.0 / 2)));
  const Range whole = *estimate(samples, 2, true)[0];
  CHECK(whole.total == 4);
  CHECK(whole.total_error == 0);
}

TEST_CASE("estimate: what one sample does not know is unknown, and nothing is known without samples") {
  std::vector<Sample> samples = {all(1), all(3)};
  at(samples[1], Quantity::kCachedTokens) = std::numeric_limits<double>::quiet_NaN();
  const Estimate all_of = estimate(samples, 10, false);
  CHECK_FALSE(all_of[static_cast<std::size_t>(Quantity::kCachedTokens)].has_value());
  CHECK(all_of[static_cast<std::size_t>(Quantity::kRows)].has_value());
  CHECK_FALSE(estimate({}, 10, false)[0].has_value());
}

TEST_CASE("synthetic: every strategy and every splitter gives trees with rows, the same for the same seed") {
  const auto some = problems(8);
  Assumptions assumptions;
  assumptions.trees = 8;
  Assumptions again = assumptions;
  for (const search::StrategyInfo* strategy : search::strategies()) {
    for (const std::string& splitter : steps::splitter_names()) {
      CAPTURE(strategy->name);
      CAPTURE(splitter);
      crawl::Options options = options_for(std::string(strategy->name));
      options.search.steps.splitter = splitter;
      const auto samples = synthetic_samples(options, some, assumptions);
      REQUIRE(samples.size() == 8);
      // All of them for the usual splitter, else the first: which tree it is, no splitter knows.
      again.trees = splitter == steps::SplitterOptions{}.splitter ? 8 : 3;
      CHECK(synthetic_samples(options, some, again) ==
            std::vector<Sample>(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(again.trees)));
      CHECK(mean(samples, Quantity::kRows) > 1);
      CHECK(mean(samples, Quantity::kComputedTokens) > 0);
      CHECK(mean(samples, Quantity::kMoney) < mean(samples, Quantity::kMoneyUncached));
      for (const Sample& sample : samples) {
        CHECK(at(sample, Quantity::kComputedTokens) + at(sample, Quantity::kCachedTokens) ==
              at(sample, Quantity::kPromptTokens));
      }
    }
  }
}

TEST_CASE(
    "synthetic: siblings that come one a request are as many requests, and their prompts are in the cache") {
  const auto some = problems(4);
  const crawl::Options options = options_for("math-shepherd");
  Assumptions together;
  together.trees = 4;
  Assumptions apart = together;
  apart.servers.known = {{1, 1}};
  const auto one = synthetic_samples(options, some, together);
  const auto each = synthetic_samples(options, some, apart);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(at(one[i], Quantity::kRollouts) == at(each[i], Quantity::kRollouts));
    CHECK(at(each[i], Quantity::kRequests) == at(each[i], Quantity::kRollouts));
    CHECK(at(one[i], Quantity::kRequests) < at(each[i], Quantity::kRequests));
    CHECK(at(one[i], Quantity::kGeneratedTokens) == at(each[i], Quantity::kGeneratedTokens));
    CHECK(at(one[i], Quantity::kComputedTokens) == doctest::Approx(at(each[i], Quantity::kComputedTokens)));
    CHECK(at(each[i], Quantity::kPromptTokens) > 2 * at(one[i], Quantity::kPromptTokens));
  }
}

TEST_CASE(
    "synthetic: prompts are as the servers count them, and what nobody says of a cache saves no money") {
  const auto some = problems(2);
  const crawl::Options options = options_for("math-shepherd");
  Assumptions assumptions;
  assumptions.trees = 2;
  const auto plain = synthetic_samples(options, some, assumptions);
  assumptions.servers.prompt_factor = 0.25;
  assumptions.servers.tell_cached = false;
  const auto counted = synthetic_samples(options, some, assumptions);
  CHECK(mean(counted, Quantity::kPromptTokens) < 0.4 * mean(plain, Quantity::kPromptTokens));
  CHECK(mean(counted, Quantity::kCachedTokens) > 0);
  CHECK(mean(counted, Quantity::kMoney) == mean(counted, Quantity::kMoneyUncached));
  assumptions = {};
  assumptions.trees = 2;
  assumptions.reprompts = true;
  const auto reprompted = synthetic_samples(options, some, assumptions);
  CHECK(mean(reprompted, Quantity::kPromptTokens) > mean(plain, Quantity::kPromptTokens) + 40);
  CHECK(mean(reprompted, Quantity::kGeneratedTokens) == mean(plain, Quantity::kGeneratedTokens));
}

TEST_CASE("servers: siblings take the requests of the server that is chosen by its weight") {
  CHECK(Servers{}.requests_for(1000, 1) == 1);
  const Servers one{.known = {{8, 1}}};
  CHECK(one.requests_for(1, 1) == 1);
  CHECK(one.requests_for(8, 1) == 1);
  CHECK(one.requests_for(9, 1) == 2);
  const Servers two{.known = {{1, 1}, {8, 3}}};
  int apart = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) apart += two.requests_for(8, seed) == 8 ? 1 : 0;
  CHECK(apart == doctest::Approx(1000).epsilon(0.1));
}

TEST_CASE("servers: what was found of those that are ready is heeded, and a number in flight bounds it") {
  std::vector<policy::EndpointState> endpoints(3);
  endpoints[0].choices_per_request = 16;
  endpoints[0].weight = 2;
  endpoints[0].tells_cached = true;
  endpoints[1].choices_per_request = 1;
  const Servers servers = servers_of(endpoints, 0);
  REQUIRE(servers.known.size() == 2);  // the third never answered
  CHECK(servers.known[0].choices_per_request == 16);
  CHECK(servers.known[0].weight == 2);
  CHECK(servers.known[1].choices_per_request == 1);
  CHECK(servers.tell_cached);
  CHECK(servers_of(endpoints, 4).known[0].choices_per_request == 4);
  endpoints[0].tokens_per_minute = 6000;
  CHECK(servers_of(endpoints, 0, {.prompt_tokens = 900, .max_tokens = 1000}).known[0].choices_per_request ==
        5);
  CHECK(servers_of(endpoints, 4, {.prompt_tokens = 900, .max_tokens = 1000}).known[0].choices_per_request ==
        4);
  CHECK(servers_of(endpoints, 0, {.prompt_tokens = 9000, .max_tokens = 1000}).known[0].choices_per_request ==
        1);
  CHECK(servers_of(endpoints, 0).known[0].choices_per_request == 16);
  endpoints[1].tells_cached = false;
  CHECK_FALSE(servers_of(endpoints, 0).tell_cached);
  CHECK(servers_of({}, 0).known.empty());
}

namespace {

/// Counts a prompt's tokens as 5 for each letter of the question; takes no images where it is blind.
class CountingPolicy final : public policy::Policy {
 public:
  core::Status start() override { return {}; }
  core::Result<std::shared_ptr<const policy::Prompt>> prepare(const domain::Problem& problem) override {
    if (blind && !problem.images.empty()) return core::fail(core::ErrorKind::kInvalidInput, "no eyes");
    return std::make_shared<Text>(problem.question.size());
  }
  void sample(policy::Sample sample, policy::OnResult on_result) override {
    CHECK(sample.n == 1);
    CHECK(sample.max_tokens == 1);
    if (silent) return held.push_back(std::move(on_result));
    if (refuses) return on_result(policy::uncompleted(policy::Uncompleted::Why::kRefused, "400"));
    policy::Completed completed{{{}}, {}};
    completed.bill.usage.prompt_tokens = 5 * dynamic_cast<const Text&>(*sample.prompt).letters;
    on_result(std::move(completed));
  }
  std::uint32_t max_sequences() const override { return 8; }
  policy::PolicyCounts counts() const override { return {}; }
  policy::Health health() const override { return state; }
  std::string model() const override { return "counting"; }
  void stop() override {
    for (const auto& on_result : std::exchange(held, {}))
      on_result(policy::uncompleted(policy::Uncompleted::Why::kStopped, "stopped"));
  }

  bool blind = false;
  bool refuses = false;
  bool silent = false;
  policy::Health state;
  std::vector<policy::OnResult> held;

 private:
  struct Text final : policy::Prompt {
    explicit Text(std::size_t size) : letters(size) {}
    std::size_t letters;
  };
};

}  // namespace

TEST_CASE("servers: the prompts of some problems are counted, and what would be put aside is taken out") {
  std::vector<domain::Problem> some(40);
  for (std::size_t i = 0; i < some.size(); ++i) {
    some[i].question = std::string(100, 'x');
    if (i % 4 == 0) some[i].images.resize(1);
  }
  Assumptions assumptions;
  assumptions.template_tokens = 0;
  assumptions.bytes_per_token = 1;
  assumptions.image_tokens = 0;
  const std::atomic<bool> stop = false;
  CountingPolicy policy;
  SUBCASE("they are counted") {
    const auto asked = ask_about(some, policy, assumptions, stop);
    CHECK(asked.put_aside == 0);
    CHECK(asked.counted == 8);
    CHECK(asked.prompt_factor == doctest::Approx(5));
    CHECK(some.size() == 40);
  }
  SUBCASE("images are not taken") {
    policy.blind = true;
    const auto asked = ask_about(some, policy, assumptions, stop);
    CHECK(asked.put_aside == 10);
    CHECK(some.size() == 30);
    CHECK(asked.counted == 8);
  }
  SUBCASE("prompts are refused") {
    policy.refuses = true;
    const auto asked = ask_about(some, policy, assumptions, stop);
    CHECK(asked.counted == 0);
    CHECK(asked.prompt_factor == 1);
  }
  SUBCASE("it is stopped") {
    policy.silent = true;
    const std::atomic<bool> stopped = true;
    CHECK(ask_about(some, policy, assumptions, stopped).counted == 0);
    CHECK(policy.held.empty());
  }
  SUBCASE("the policy cannot be reached any more") {
    policy.silent = true;
    policy.state.outage = policy::Outage{std::chrono::seconds(1), "reset"};
    CHECK(ask_about(some, policy, assumptions, stop).counted == 0);
    CHECK(policy.held.empty());
  }
}

TEST_CASE("synthetic: solutions have the assumed length and chance") {
  Assumptions assumptions;
  assumptions.right_from = assumptions.right_to = 0.6;
  const std::uint64_t seed = 3;
  CAPTURE(seed);
  const SyntheticModel model(assumptions, problems(1)[0], "blank-line", 4096, seed);
  CHECK(model.chance_right() == doctest::Approx(0.6));
  const search::Tree empty;
  const domain::TreeEvent event = model.answer({{1}, domain::kRoot, 4000, 17}, empty);
  double right = 0;
  for (const domain::Rollout& rollout : event.rollouts) right += rollout.verdict == domain::Verdict::kRight;
  CHECK(right / 4000 == doctest::Approx(0.6).epsilon(0.1));
  CHECK(static_cast<double>(*event.bill.usage.completion_tokens) / 4000 ==
        doctest::Approx(8 * 40).epsilon(0.05));
}

TEST_CASE("synthetic: what is too long is truncated, never right or wrong") {
  Assumptions assumptions;
  const SyntheticModel model(assumptions, problems(1)[0], "line", 50, 1);
  const domain::TreeEvent event = model.answer({{1}, domain::kRoot, 50, 1}, search::Tree());
  for (const domain::Rollout& rollout : event.rollouts) {
    CHECK(*rollout.completion.tokens <= 50);
    if (rollout.completion.finish != domain::FinishReason::kLength) continue;
    CHECK(rollout.verdict == domain::Verdict::kTruncated);
  }
}

TEST_CASE("assumptions: what is out of range is named") {
  CHECK(check({}).has_value());
  Assumptions wrong;
  wrong.right_from = 0.9;
  wrong.right_to = 0.5;
  CHECK(check(wrong).error().message.find("--right-from") != std::string::npos);
  wrong = {};
  wrong.steps = 0;
  CHECK(check(wrong).error().message.find("--steps") != std::string::npos);
  wrong = {};
  wrong.bytes_per_token = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(check(wrong).has_value());
}

TEST_CASE("probe: the trees that a crawl left are counted as the crawl counted them") {
  const TemporaryFolder folder;
  const storage::RunDirectory run(storage::real_file_system(), folder.path);
  dataset::SourceOptions source_options;
  source_options.limit = 9;
  const auto source = *dataset::open_source(source_options);
  const auto policy = *simulated::make_policy({});
  crawl::Options options = options_for("visualprm");
  options.unit_size = 4;
  options.budget.problems = 6;
  const core::SteadyClock clock;
  Silent silent;
  const std::atomic<bool> stop = false;
  core::value_or_fatal(run.create(), core::ExitCode::kStorage);
  const auto end = crawl::crawl(options, {run, *source, *policy, clock, silent, stop});
  CHECK(end.state == archive::State::kBudget);
  const auto samples = *measured_samples(run, options);
  REQUIRE(samples.size() == 6);
  CHECK(mean(samples, Quantity::kRollouts) * 6 == doctest::Approx(static_cast<double>(end.totals.rollouts)));
  CHECK(mean(samples, Quantity::kRows) * 6 == doctest::Approx(static_cast<double>(end.totals.rows)));
  CHECK(mean(samples, Quantity::kMoney) * 6 == doctest::Approx(*end.cost));
  CHECK(mean(samples, Quantity::kTreeBytes) > 0);
  CHECK(mean(samples, Quantity::kImageBytes) > 0);
  CHECK(std::isnan(at(samples[0], Quantity::kCachedTokens)));
  CHECK(mean(samples, Quantity::kRequests) * 6 == doctest::Approx(static_cast<double>(end.totals.answers)));
  const auto apart = *measured_samples(run, options, {.known = {{1, 1}}});
  CHECK(mean(apart, Quantity::kRequests) == doctest::Approx(mean(samples, Quantity::kRollouts)));
}

TEST_CASE("probe: what a judge was asked is in the money") {
  const TemporaryFolder folder;
  const storage::RunDirectory run(storage::real_file_system(), std::filesystem::path(folder.path) / "run");
  const auto problems = std::filesystem::path(folder.path) / "problems.jsonl";
  std::ofstream(problems) << R"({"question":"Left, or right?\n(A) left\n(B) right","answer":"option A"})"
                          << '\n'
                          << R"({"question":"Up, or down?\n(A) up\n(B) down","answer":"option B"})" << '\n';
  dataset::SourceOptions source_options;
  source_options.kind = "jsonl";
  source_options.path = problems.string();
  source_options.answer_kind = domain::AnswerKind::kJudge;
  const auto source = *dataset::open_source(source_options);
  const auto policy = *simulated::make_policy({});
  const auto judge = *simulated::make_policy({});
  crawl::Options options = options_for("math-shepherd");
  options.judge.prices = {1000, 0, 1000};
  const core::SteadyClock clock;
  Silent silent;
  const std::atomic<bool> stop = false;
  core::value_or_fatal(run.create(), core::ExitCode::kStorage);
  const auto end =
      crawl::crawl(options, {run, *source, *policy, clock, silent, stop, core::threads(), judge.get()});
  CHECK(end.totals.judge.asked() == 4);
  const auto samples = *measured_samples(run, options);
  REQUIRE(samples.size() == 2);
  CHECK(mean(samples, Quantity::kMoney) * 2 == doctest::Approx(*end.cost));
  CHECK(*end.cost > *archive::cost(end.totals.usage, options.prices));
}

TEST_CASE("plan: text and JSON tell the same, and unknown is said") {
  Plan plan;
  plan.strategy = "visualprm";
  plan.lines = 100;
  plan.trees = 90;
  plan.sampled = 2;
  const std::vector<Sample> samples = {all(1000), all(3000)};
  plan.estimate = estimate(samples, 90, false);
  plan.estimate[static_cast<std::size_t>(Quantity::kCachedTokens)].reset();
  plan.endpoints.resize(1);
  plan.endpoints[0].url = "http://127.0.0.1:1/v1";
  plan.endpoints[0].findings = {{policy::Finding::Kind::kCosts, "usage", "no cached\x1b tokens"}};
  const std::string text = render(plan);
  CHECK(text.find("rollouts                  2,000 (1,200 to 2,800)") != std::string::npos);
  CHECK(text.find("180,000 +- 90,000") != std::string::npos);
  CHECK(text.find("  cached                  unknown") != std::string::npos);
  CHECK(text.find("time       unknown") != std::string::npos);
  CHECK(text.find("  costs    usage: no cached\\x1B tokens") != std::string::npos);
  CHECK(text.find("2 problems that were crawled") != std::string::npos);
  plan.assumptions = Assumptions{};
  CHECK(render(plan).find(
            "2 synthetic trees, see the assumptions below; the servers were asked what they can") !=
        std::string::npos);
  CHECK(render(plan).find("all siblings with one request\n           (no server said") != std::string::npos);
  CHECK(to_json(plan).find("\"choices_per_request\":[]") != std::string::npos);
  plan.assumptions->servers = {
      .known = {{8, 1}, {1, 1}}, .tell_cached = false, .prompt_factor = 0.5, .prompts_counted = 7};
  CHECK(render(plan).find("found      siblings with one request: 1 or 8\n") != std::string::npos);
  CHECK(render(plan).find("0.50 times the tokens that are assumed above, by those of 7 problems") !=
        std::string::npos);
  CHECK(render(plan).find("the money is without a prefix cache") != std::string::npos);
  CHECK(render(plan).find("nothing else but the\n           tokens of 7 of the prompts") !=
        std::string::npos);
  CHECK(to_json(plan).find("\"choices_per_request\":[8,1]") != std::string::npos);
  plan.assumptions->servers = {};
  const auto endpoints = std::exchange(plan.endpoints, {});
  CHECK(render(plan).find("below; no model was asked anything\n") != std::string::npos);
  plan.endpoints = endpoints;
  plan.tokens_per_second = 50;
  CHECK(*plan.hours() == doctest::Approx(1));
  CHECK(render(plan).find("1.00 hours at 50 generated tokens a second") != std::string::npos);
  const std::string json = to_json(plan);
  CHECK(json.find("\"cached_tokens\":null") != std::string::npos);
  CHECK(json.find("\"hours\":1.0") != std::string::npos);
  CHECK(json.find("\"kind\":\"costs\"") != std::string::npos);
}

TEST_CASE("plan: the time is no shorter than the limits of a minute allow") {
  Plan plan;
  plan.trees = 90;
  plan.estimate = estimate(std::vector<Sample>{all(1000), all(3000)}, 90, false);  // 180,000 of everything
  CHECK_FALSE(plan.hours().has_value());
  plan.requests_per_minute = 1000;
  CHECK(*plan.hours() == doctest::Approx(3));
  plan.tokens_per_minute = 1000;  // prompts and completions
  CHECK(*plan.hours() == doctest::Approx(6));
  CHECK(render(plan).find("6.00 hours at least, by the limits of requests and tokens a minute") !=
        std::string::npos);
  plan.tokens_per_second = 50;
  CHECK(*plan.hours() == doctest::Approx(6));
  plan.tokens_per_second = 5;
  CHECK(*plan.hours() == doctest::Approx(10));
  CHECK(render(plan).find("10 hours at 5 generated tokens a second") != std::string::npos);
  plan.estimate[static_cast<std::size_t>(Quantity::kPromptTokens)].reset();
  plan.tokens_per_second.reset();
  CHECK(*plan.hours() == doctest::Approx(3));
}
