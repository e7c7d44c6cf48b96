#include "commands.hpp"
#include "compose.hpp"
#include "console.hpp"
#include "run_setup.hpp"
#include "stop_signal.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/plan/plan.hpp>
#include <viltree/policy/start.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace viltree::cli {

namespace {

using core::ExitCode;
using core::value_or_fatal;

constexpr std::uint64_t kPromptsLookedAt = 100;

struct PlanArguments : RunArguments {
  std::uint64_t probe = 0;
  bool json = false;
  bool offline = false;
  std::optional<double> tokens_per_second;
  plan::Assumptions assumptions;
};

/// Shows the progress, and remembers what had been generated before the session.
class ProbeObserver final : public crawl::Observer {
 public:
  explicit ProbeObserver(Console& console) : console_(console) {}
  void progress(const archive::Progress& progress) override {
    if (!before_) before_ = generated(progress);
    console_.progress(progress);
  }
  void notice(const std::string& line) override { console_.notice(line); }

  /// Generated tokens a second over the session; none where nothing was generated.
  [[nodiscard]] std::optional<double> speed(const archive::Progress& end) const {
    const std::uint64_t tokens = generated(end) - before_.value_or(0);
    if (tokens == 0 || end.seconds <= 0) return std::nullopt;
    return static_cast<double>(tokens) / end.seconds;
  }

 private:
  static std::uint64_t generated(const archive::Progress& progress) {
    return progress.totals.usage.completion_tokens.value_or(0);
  }
  Console& console_;
  std::optional<std::uint64_t> before_;
};

/// Of all servers together, where each has a limit.
void note_rates(plan::Plan& plan, const http::HttpOptions& options) {
  plan.requests_per_minute = plan.tokens_per_minute = 0;
  const auto add = [](std::optional<double>& sum, std::uint64_t rate) {
    sum = sum && rate > 0 ? std::optional(*sum + static_cast<double>(rate)) : std::nullopt;
  };
  for (const http::Endpoint& endpoint : options.endpoints) {
    const http::RateOptions rate = http::rate_of(endpoint, options.limits);
    add(plan.requests_per_minute, rate.requests_per_minute);
    add(plan.tokens_per_minute, rate.tokens_per_minute);
  }
}

plan::Plan plan_of(const config::Config& config, std::uint64_t lines) {
  plan::Plan plan;
  plan.strategy = config.crawl.search.strategy;
  plan.lines = lines;
  plan.trees = static_cast<double>(lines);
  if (config.policy.kind == config::PolicyKind::kOpenai) note_rates(plan, config.policy.http);
  plan.has_judge = config.judge.kind != config::JudgeKind::kNone;
  return plan;
}

double mean_prompt_tokens(const plan::Assumptions& assumptions,
                          const std::vector<domain::Problem>& problems) {
  double sum = 0;
  for (const domain::Problem& problem : problems) sum += plan::assumed_prompt_tokens(assumptions, problem);
  return sum / static_cast<double>(std::max<std::size_t>(problems.size(), 1));
}

/// Of problems that a crawl has read already, and that are read from the beginning; 0: unknown.
double mean_prompt_tokens(const dataset::SourceOptions& options) {
  const auto source = dataset::open_source(options);
  if (!source) return 0;
  const auto sample = plan::sample_problems(**source, kPromptsLookedAt);
  return sample ? mean_prompt_tokens(plan::Assumptions{}, sample->problems) : 0;
}

plan::Servers servers_of(const std::vector<policy::EndpointState>& endpoints, const config::Config& config,
                         double prompt_tokens) {
  return plan::servers_of(endpoints, config.policy.http.limits.in_flight,
                          {prompt_tokens, static_cast<double>(config.crawl.search.max_tokens)});
}

/// What the servers are like, and what they count of a few prompts, where there are some and they answer.
/// Problems that they would put aside are taken out.
void ask_servers(plan::Plan& plan, std::vector<domain::Problem>& problems, plan::Assumptions& assumptions,
                 const config::Config& config, const std::atomic<bool>& stop, Console& console) {
  if (config.policy.kind != config::PolicyKind::kOpenai) return;
  const auto policy = make_policy(config);
  const auto started = policy::start(*policy, stop);
  plan.endpoints = policy->health().endpoints;
  if (!started) {
    if (!stop) console.notice("the policy cannot be used as it is: " + started.error().message);
    return;
  }
  const double before = static_cast<double>(problems.size());
  const plan::AskedProblems asked = plan::ask_about(problems, *policy, assumptions, stop);
  if (problems.empty() && !stop)
    throw core::FatalError(ExitCode::kUsage, "no problem is left: all have images, and a model takes none");
  if (asked.put_aside > 0) {
    plan.trees *= static_cast<double>(problems.size()) / before;
    console.notice(std::to_string(asked.put_aside) + " of " +
                   std::to_string(asked.put_aside + problems.size()) +
                   " problems have images, which a model does not take, and would be put aside");
  }
  assumptions.servers =
      servers_of(plan.endpoints, config, asked.prompt_factor * mean_prompt_tokens(assumptions, problems));
  assumptions.servers.prompt_factor = asked.prompt_factor;
  assumptions.servers.prompts_counted = asked.counted;
}

plan::Plan assumed(const PlanArguments& arguments, const config::Config& config,
                   const std::atomic<bool>& stop, Console& console) {
  value_or_fatal(plan::check(arguments.assumptions), ExitCode::kUsage);
  const auto source = value_or_fatal(dataset::open_source(config.dataset), ExitCode::kUsage);
  plan::Plan plan = plan_of(config, source->count());
  auto sample = value_or_fatal(plan::sample_problems(*source, arguments.assumptions.trees), ExitCode::kUsage);
  plan.trees *= 1 - sample.rejected_share;
  plan::Assumptions assumptions = arguments.assumptions;
  assumptions.reprompts = config.policy.http.reprompt;
  if (!arguments.offline) ask_servers(plan, sample.problems, assumptions, config, stop, console);
  exit_if_interrupted(stop);
  const auto samples = plan::synthetic_samples(crawl_options(config), sample.problems, assumptions);
  plan.sampled = samples.size();
  plan.assumptions = assumptions;
  plan.estimate = plan::estimate(samples, plan.trees, false);
  exit_if_interrupted(stop);
  return plan;
}

/// Crawls the first problems into the run directory, as `generate` would.
plan::Plan probed(const PlanArguments& arguments, const config::Config& config, const std::atomic<bool>& stop,
                  Console& console) {
  const OpenRun open = open_run(arguments, config, console);
  crawl::Options options = crawl_options(config);
  options.budget.problems = arguments.probe;
  const core::SteadyClock clock;
  ProbeObserver observer(console);
  const archive::Progress end = crawl::crawl(options, {open.run, *open.source, *open.policy, clock, observer,
                                                       stop, core::threads(), open.judge.get()});
  console.finish();
  exit_if_interrupted(end.state == archive::State::kInterrupted);

  plan::Plan plan = plan_of(config, open.source->count());
  const auto endpoints = open.policy->health().endpoints;
  const plan::Servers servers =
      servers_of(endpoints, config, endpoints.empty() ? 0 : mean_prompt_tokens(config.dataset));
  const auto samples = value_or_fatal(plan::measured_samples(open.run, options, servers), ExitCode::kStorage);
  const std::uint64_t looked_at = samples.size() + end.totals.rejected;
  if (looked_at > 0) plan.trees *= static_cast<double>(samples.size()) / static_cast<double>(looked_at);
  plan.sampled = samples.size();
  plan.estimate = plan::estimate(samples, plan.trees, true);
  plan.tokens_per_second = observer.speed(end);
  plan.speed_was_measured = plan.tokens_per_second.has_value();
  plan.endpoints = endpoints;
  return plan;
}

void make_plan(const PlanArguments& arguments) {
  const std::atomic<bool>& stop = install_stop_signal();
  const config::Config config = load_config(arguments.config, arguments.set);
  Console console;
  plan::Plan plan = arguments.probe > 0 ? probed(arguments, config, stop, console)
                                        : assumed(arguments, config, stop, console);
  if (arguments.tokens_per_second) {
    plan.tokens_per_second = arguments.tokens_per_second;
    plan.speed_was_measured = false;
  }
  std::cout << (arguments.json ? plan::to_json(plan) : plan::render(plan));
}

void add_assumptions(Command& command, plan::Assumptions& assumed, const Option& probe) {
  const std::string group = "Assumptions, where nothing is probed";
  const auto add = [&](const char* name, auto& value, const char* what) {
    command.option(name, value, what).shows_default().group(group).excludes(probe);
  };
  add("--steps", assumed.steps, "Steps of a solution");
  add("--tokens-per-step", assumed.tokens_per_step, "Tokens of a step");
  add("--right-from", assumed.right_from, "Chance of a right answer to the hardest problem");
  add("--right-to", assumed.right_to, "Chance of a right answer to the easiest problem");
  add("--image-tokens", assumed.image_tokens, "Prompt tokens of an image");
  add("--template-tokens", assumed.template_tokens, "Prompt tokens beside question and images");
  add("--bytes-per-token", assumed.bytes_per_token, "Bytes of a token");
  add("--compression", assumed.compression, "Text by what is stored of it");
  add("--trees", assumed.trees, "Synthetic trees");
  add("--seed", assumed.seed, "Of the synthetic answers");
}

}  // namespace

void add_plan(Command& program) {
  auto arguments = std::make_shared<PlanArguments>();
  Command command = program.command("plan", "What the crawl that CONFIG describes would cost");
  add_config_options(command, *arguments);
  Option probe = command.option("--probe", arguments->probe,
                                "Crawl the first N problems, for real, and go on from what they cost");
  probe.positive();
  add_run_option(command, *arguments, "Run directory of the probe").needs(probe);
  command.flag("--json", arguments->json, "One JSON object");
  command
      .flag("--offline", arguments->offline,
            "Do not ask the servers what they can do, nor what a few prompts are to them")
      .excludes(probe);
  command
      .option("--tokens-per-second", arguments->tokens_per_second,
              "Generated tokens a second, of all servers; default: what the probe measured")
      .positive();
  add_assumptions(command, arguments->assumptions, probe);
  command.runs([arguments] { make_plan(*arguments); });
}

}  // namespace viltree::cli
