#include "curl_transport.hpp"
#include "dispatcher.hpp"
#include "lane_options.hpp"
#include "loop_questioner.hpp"
#include "models.hpp"
#include "network_thread.hpp"
#include "options.hpp"
#include "sample_job.hpp"
#include "set_up.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/mutex.hpp>
#include <viltree/core/text.hpp>
#include <viltree/http/http_policy.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <thread>

namespace viltree::http {

using core::ErrorKind;

namespace {

constexpr std::chrono::seconds kCanaryTimeout{60};
/// Between two attempts to reach a server that was never there.
constexpr std::chrono::seconds kLongestPause{30};

constexpr std::uint32_t kMostDoubled = 1U << 30U;

core::Error stopped_error() {
  return {ErrorKind::kCancelled, "the policy was stopped"};
}

class HttpPolicy final : public policy::Policy {
 public:
  HttpPolicy(HttpOptions options, std::vector<LaneOptions> lanes)
      : options_(std::move(options)), lane_options_(std::move(lanes)) {}

  ~HttpPolicy() override { end(); }

  core::Status start() override;
  core::Result<std::shared_ptr<const policy::Prompt>> prepare(const domain::Problem& problem) override;
  void sample(policy::Sample sample, policy::OnResult on_result) override;
  std::uint32_t most_completions(std::uint32_t n) const override;
  std::uint32_t most_tokens(std::uint32_t max_tokens) const override;
  std::uint32_t max_sequences() const override;
  policy::PolicyCounts counts() const override;
  policy::Health health() const override;
  std::string model() const override;
  void wind_down() override;
  void stop() override { end(); }

 private:
  /// What there is once the servers have been asked. Lanes and dispatcher belong to the network thread.
  struct Started {
    std::vector<std::string> models;
    std::vector<double> weights;  ///< of the models
    Lanes lanes;
    std::unique_ptr<Dispatcher> dispatcher;
    std::shared_ptr<const SampleSetup> setup;
    bool takes_images = true;  ///< every model has a server that does, as far as is known
  };
  using SetupResult = core::Result<std::shared_ptr<const LaneSetup>>;

  [[nodiscard]] std::vector<SetupResult> ask_all();
  [[nodiscard]] core::Result<std::vector<std::string>> models_of(
      const std::vector<SetupResult>& setups) const;
  [[nodiscard]] std::shared_ptr<Started> make_started(std::vector<SetupResult> setups,
                                                      std::vector<std::string> models);
  void look_for_lost(const std::shared_ptr<Started>& started, const std::vector<std::size_t>& lost);
  void look_for(const std::shared_ptr<Started>& started, std::size_t number);
  [[nodiscard]] DispatcherOptions dispatcher_options(std::size_t models) const;
  [[nodiscard]] std::shared_ptr<Started> started() const;
  [[nodiscard]] bool takes_images() const;
  void end();

  const HttpOptions options_;
  const std::vector<LaneOptions> lane_options_;
  NetworkThread network_;  // before what belongs to it, which ends first

  mutable core::Mutex mutex_;
  std::shared_ptr<Started> started_ VILTREE_GUARDED_BY(mutex_);
  Asking asking_;  ///< of the questions at the start

  core::Mutex keepers_mutex_;  ///< held while they end, so that every caller of stop() waits for that
  std::vector<std::jthread> keepers_ VILTREE_GUARDED_BY(keepers_mutex_);
};

/// Asks all servers at once.
std::vector<HttpPolicy::SetupResult> HttpPolicy::ask_all() {
  std::vector<std::future<SetupResult>> asked;
  for (const LaneOptions& lane : lane_options_) {
    asked.push_back(std::async(std::launch::async, [this, &lane] {
      LoopQuestioner questioner(network_, asking_, lane.transport, lane.rate);
      return set_up(questioner, options_, lane);
    }));
  }
  std::vector<SetupResult> setups;
  for (auto& one : asked) setups.push_back(one.get());
  return setups;
}

/// The model of each endpoint. A server that cannot be reached now may come later, if its model is configured
/// and another server has it.
core::Result<std::vector<std::string>> HttpPolicy::models_of(const std::vector<SetupResult>& setups) const {
  std::vector<std::string> models;
  std::map<std::string, std::size_t> ready;
  for (std::size_t i = 0; i < setups.size(); ++i) {
    const std::string& configured = lane_options_[i].endpoint.model;
    if (setups[i]) {
      models.push_back((*setups[i])->writer.options().model);
      ++ready[models.back()];
      continue;
    }
    if (setups[i].error().kind != ErrorKind::kTransient || configured.empty())
      return core::fail(setups[i].error());
    models.push_back(configured);
  }
  for (std::size_t i = 0; i < setups.size(); ++i) {
    if (!setups[i] && ready[models[i]] == 0) return core::fail(setups[i].error());
  }
  return models;
}

DispatcherOptions HttpPolicy::dispatcher_options(std::size_t models) const {
  DispatcherOptions options;
  options.models = models;
  options.ladder = {{options_.limits.backoff_base, options_.limits.backoff_cap}, options_.limits.retries};
  options.jitter_seed = options_.jitter_seed;
  options.canary.request = [timeout =
                                std::min<std::chrono::milliseconds>(kCanaryTimeout, options_.limits.timeout)](
                               const Lane& lane) { return canary_request(*lane.setup(), timeout); };
  options.canary.check = [thinking = options_.thinking](const HttpReply& reply,
                                                        const Lane& lane) -> std::optional<Failure> {
    auto failure = check_reply(reply, lane.setup()->context);
    // A refusal of the question is a reply too.
    if (failure && failure->blame == Blame::kPrefix) return std::nullopt;
    if (failure) return failure;
    const auto parsed = parse_reply(reply.body, 1, thinking);
    if (parsed) return std::nullopt;
    failure = failure_of(parsed.error(), lane.setup()->context);
    return failure->blame == Blame::kPrefix ? std::nullopt : failure;
  };
  return options;
}

std::shared_ptr<HttpPolicy::Started> HttpPolicy::make_started(std::vector<SetupResult> setups,
                                                              std::vector<std::string> models) {
  auto started = std::make_shared<Started>();
  std::vector<std::size_t> lost;
  std::vector<bool> takes_images;
  for (std::size_t i = 0; i < setups.size(); ++i) {
    auto found = std::find(started->models.begin(), started->models.end(), models[i]);
    LaneOptions options = lane_options_[i];
    options.model = static_cast<std::size_t>(found - started->models.begin());
    if (found == started->models.end()) {
      started->models.push_back(models[i]);
      started->weights.push_back(0);
    }
    started->weights[options.model] += options.endpoint.weight;
    auto lane =
        std::make_unique<Lane>(std::make_unique<CurlTransport>(network_.loop(), options.transport), options);
    takes_images.resize(started->models.size(), false);
    if (!setups[i] || (*setups[i])->takes_images) takes_images[options.model] = true;
    if (setups[i]) {
      lane->set_up(std::move(*setups[i]));
    } else {
      lane->lose(setups[i].error().message);
      lost.push_back(i);
    }
    started->lanes.push_back(std::move(lane));
  }
  started->takes_images = std::find(takes_images.begin(), takes_images.end(), false) == takes_images.end();
  started->dispatcher = std::make_unique<Dispatcher>(network_.loop(), started->lanes,
                                                     dispatcher_options(started->models.size()));
  started->setup = std::make_shared<const SampleSetup>(
      SampleSetup{options_.limits.timeout, options_.limits.stall, options_.sampling.stop, options_.stream,
                  options_.sampling.temperature == 0, options_.thinking});
  look_for_lost(started, lost);
  return started;
}

/// Servers that were not there at the start are looked for until they come, each on a thread of its own, so
/// that none has to wait for another's time-outs.
void HttpPolicy::look_for_lost(const std::shared_ptr<Started>& started,
                               const std::vector<std::size_t>& lost) {
  const core::Lock lock(keepers_mutex_);
  for (const std::size_t number : lost)
    keepers_.emplace_back([this, started, number] { look_for(started, number); });
}

void HttpPolicy::look_for(const std::shared_ptr<Started>& started, std::size_t number) {
  auto pause = 2 * options_.limits.backoff_base;
  for (;;) {
    pause = std::min<std::chrono::milliseconds>(2 * pause, kLongestPause);
    LoopQuestioner questioner(network_, asking_, lane_options_[number].transport, lane_options_[number].rate);
    questioner.pause(pause);
    auto setup = set_up(questioner, options_, lane_options_[number]);
    if (!setup && setup.error().kind == ErrorKind::kTransient) continue;
    const bool posted = network_.post([started, number, setup = std::move(setup)] {
      Lane& lane = *started->lanes[number];
      if (setup) {
        lane.set_up(*setup);
      } else {
        lane.refuse(setup.error().message);
      }
      started->dispatcher->pump();
    });
    static_cast<void>(posted);
    return;
  }
}

core::Status HttpPolicy::start() {
  auto setups = ask_all();
  auto models = models_of(setups);
  if (!models) return core::fail(models.error());
  auto started = make_started(std::move(setups), std::move(*models));
  {
    const core::Lock lock(mutex_);
    if (network_.ends()) return core::fail(stopped_error());
    started_ = started;
  }
  const bool posted = network_.post([started] { started->dispatcher->pump(); });
  static_cast<void>(posted);
  return {};
}

std::shared_ptr<HttpPolicy::Started> HttpPolicy::started() const {
  const core::Lock lock(mutex_);
  return started_;
}

bool HttpPolicy::takes_images() const {
  const auto started = this->started();
  return started == nullptr || started->takes_images;
}

core::Result<std::shared_ptr<const policy::Prompt>> HttpPolicy::prepare(const domain::Problem& problem) {
  if (!problem.images.empty() && !takes_images()) {
    return core::fail(ErrorKind::kInvalidInput, "problem " + core::printable(problem.id) +
                                                    ": it has images, and a model of the policy takes none");
  }
  return make_chat_prompt(options_.prompt, problem);
}

void HttpPolicy::sample(policy::Sample sample, policy::OnResult on_result) {
  const auto started = this->started();
  VILTREE_CHECK(started != nullptr || network_.ends());  // start() comes first
  const auto stopped = [&] {
    on_result(policy::uncompleted(policy::Uncompleted::Why::kStopped, stopped_error().message));
  };
  if (started == nullptr) return stopped();
  const std::size_t model = choose_by_weight(started->weights, sample.seed);
  auto job =
      std::make_shared<SampleJob>(*started->dispatcher, started->setup, model, std::move(sample), on_result);
  if (!network_.post([started, job] { job->start(); })) stopped();
}

std::uint32_t HttpPolicy::most_completions(std::uint32_t n) const {
  return n + spare_completions(n);
}

/// A server that passes the limit may pass it by more the next time.
std::uint32_t HttpPolicy::most_tokens(std::uint32_t max_tokens) const {
  std::uint32_t longest = 0;
  if (const auto started = this->started()) {
    for (const auto& lane : started->lanes) longest = std::max(longest, lane->longest_beyond_limit());
  }
  return std::max(max_tokens, std::min(longest, kMostDoubled) * 2);
}

std::uint32_t HttpPolicy::max_sequences() const {
  const auto started = this->started();
  return started == nullptr ? 1 : started->dispatcher->wanted();
}

policy::PolicyCounts HttpPolicy::counts() const {
  policy::PolicyCounts sum;
  for (const policy::EndpointState& endpoint : health().endpoints) {
    sum.requests += endpoint.counts.requests;
    sum.retries += endpoint.counts.retries;
    sum.failures += endpoint.counts.failures;
  }
  return sum;
}

policy::Health HttpPolicy::health() const {
  policy::Health health;
  const auto started = this->started();
  if (started == nullptr) return health;
  health.outage = started->dispatcher->outage();
  for (const auto& lane : started->lanes) health.endpoints.push_back(lane->state());
  return health;
}

std::string HttpPolicy::model() const {
  const auto started = this->started();
  if (started == nullptr) return options_.endpoints.front().model;
  std::string names;
  for (const std::string& model : started->models) names += (names.empty() ? "" : "+") + model;
  return names;
}

void HttpPolicy::wind_down() {
  const auto started = this->started();
  if (started == nullptr) return;
  const bool posted = network_.post([started] { started->dispatcher->wind_down(); });
  static_cast<void>(posted);
}

void HttpPolicy::end() {
  network_.end([this] {
    for (const auto& transport : asking_) transport->cancel_all();
    asking_.clear();
    if (const auto started = this->started()) started->dispatcher->cancel_all();
  });
  {
    const core::Lock lock(keepers_mutex_);
    keepers_.clear();
  }
  network_.join();
}

}  // namespace

core::Result<std::unique_ptr<policy::Policy>> make_http_policy(HttpOptions options) {
  if (const auto status = check_options(options); !status) return core::fail(status.error());
  auto lanes = lane_options(options);
  if (!lanes) return core::fail(lanes.error());
  return std::make_unique<HttpPolicy>(std::move(options), std::move(*lanes));
}

}  // namespace viltree::http
