#include "asio_loop.hpp"
#include "curl_transport.hpp"
#include "dispatcher.hpp"
#include "endpoint_url.hpp"
#include "models.hpp"
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

#include <signal.h>
#include <sys/resource.h>

namespace viltree::http {

using core::ErrorKind;

namespace {

constexpr std::chrono::seconds kCanaryTimeout{60};
/// Between two attempts to reach a server that was never there.
constexpr std::chrono::seconds kLongestPause{30};
constexpr std::uint32_t kSpareDescriptors = 128;

core::Error stopped_error() {
  return {ErrorKind::kCancelled, "the policy was stopped"};
}

/// OpenSSL writes to sockets that may be closed; the signal would end the program.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// As many sequences as an endpoint may be found to take: each may need a connection of its own.
std::uint32_t most_in_flight(std::size_t endpoints) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kMostAutoInFlight;
  const std::uint64_t free = limit.rlim_cur > kSpareDescriptors ? limit.rlim_cur - kSpareDescriptors : 1;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(free / endpoints, 1, kMostAutoInFlight));
}

/// A question that waits for its reply, which is none once the question is dropped.
class Waiting {
 public:
  explicit Waiting(std::promise<std::optional<HttpReply>> promise) : promise_(std::move(promise)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    if (!told_) promise_.set_value(std::nullopt);
  }
  void tell(HttpReply reply) {
    told_ = true;
    promise_.set_value(std::move(reply));
  }

 private:
  std::promise<std::optional<HttpReply>> promise_;
  bool told_ = false;
};

/// One endpoint of the configuration, checked.
struct Checked {
  Endpoint endpoint;
  EndpointUrl url;
  ApiKey key;
};

std::vector<LaneOptions> lane_options(const HttpOptions& options, std::vector<Checked> checked) {
  std::vector<LaneOptions> lanes;
  for (Checked& one : checked) {
    LaneOptions lane;
    lane.number = lanes.size();
    lane.endpoint = one.endpoint;
    lane.url = one.url.base;
    lane.limits = options.limits;
    lane.most_in_flight = most_in_flight(checked.size());
    lane.stream = options.stream;
    lane.transport.authorization = one.key.empty() ? std::string() : one.key.authorization_header();
    lane.transport.tls = one.url.tls;
    lane.transport.loopback = one.url.loopback;
    lane.transport.connections =
        options.limits.in_flight > 0 ? options.limits.in_flight : lane.most_in_flight;
    lane.transport.connect_timeout = options.limits.connect_timeout;
    lane.key = std::move(one.key);
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

class HttpPolicy final : public policy::Policy {
 public:
  HttpPolicy(HttpOptions options, std::vector<Checked> checked)
      : options_(std::move(options)),
        lane_options_(lane_options(options_, std::move(checked))),
        thread_([this] {
          block_sigpipe();
          loop_.run();
        }) {}

  ~HttpPolicy() override { end(); }

  core::Status start() override;
  core::Result<std::shared_ptr<const policy::Prompt>> prepare(const domain::Problem& problem) override;
  void sample(policy::Sample sample, policy::OnResult on_result) override;
  std::uint32_t most_completions(std::uint32_t n) const override;
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
  class LoopQuestioner;

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
  /// False once the policy is stopped. What is posted runs before anything that end() posts.
  [[nodiscard]] bool post(std::function<void()> task);
  void end();

  const HttpOptions options_;
  const std::vector<LaneOptions> lane_options_;
  AsioLoop loop_;

  mutable core::Mutex mutex_;
  core::Condition stopping_;
  bool stopped_ VILTREE_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Started> started_ VILTREE_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Transport>> asking_;  ///< of the questions at the start; for the network thread

  core::Mutex thread_mutex_;  ///< held while the threads end, so that every caller of stop() waits for that
  std::jthread thread_ VILTREE_GUARDED_BY(thread_mutex_);
  std::vector<std::jthread> keepers_ VILTREE_GUARDED_BY(thread_mutex_);
};

bool HttpPolicy::post(std::function<void()> task) {
  const core::Lock lock(mutex_);
  if (!stopped_) loop_.post(std::move(task));
  return !stopped_;
}

/// Asks by a transport of its own on the network thread.
class HttpPolicy::LoopQuestioner final : public Questioner {
 public:
  LoopQuestioner(HttpPolicy& policy, const TransportOptions& options)
      : policy_(policy), transport_(std::make_shared<CurlTransport>(policy.loop_, options)) {
    const bool posted =
        policy_.post([&asking = policy_.asking_, transport = transport_] { asking.push_back(transport); });
    static_cast<void>(posted);
  }

  /// The transport is let go where it is used.
  ~LoopQuestioner() override {
    const bool posted =
        policy_.post([&asking = policy_.asking_, transport = transport_] { std::erase(asking, transport); });
    static_cast<void>(posted);
  }

  std::optional<HttpReply> ask(HttpRequest request) override {
    std::promise<std::optional<HttpReply>> promise;
    auto told = promise.get_future();
    auto waiting = std::make_shared<Waiting>(std::move(promise));
    const bool posted = policy_.post([transport = transport_, request = std::move(request),
                                      waiting]() mutable {
      transport->send(std::move(request), [waiting](HttpReply reply) { waiting->tell(std::move(reply)); });
    });
    waiting.reset();
    return posted ? told.get() : std::nullopt;
  }

  void pause(std::chrono::milliseconds time) override {
    const core::Lock lock(policy_.mutex_);
    const auto until = std::chrono::steady_clock::now() + time;
    while (!policy_.stopped_ && std::chrono::steady_clock::now() < until) {
      policy_.stopping_.wait_for(policy_.mutex_, until - std::chrono::steady_clock::now());
    }
  }

 private:
  HttpPolicy& policy_;
  std::shared_ptr<Transport> transport_;
};

/// Asks all servers at once.
std::vector<HttpPolicy::SetupResult> HttpPolicy::ask_all() {
  std::vector<std::future<SetupResult>> asked;
  for (const LaneOptions& lane : lane_options_) {
    asked.push_back(std::async(std::launch::async, [this, &lane] {
      LoopQuestioner questioner(*this, lane.transport);
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
  options.canary.check = [](const HttpReply& reply, const Lane& lane) -> std::optional<Failure> {
    auto failure = check_reply(reply, lane.setup()->context);
    // A refusal of the question is a reply too.
    if (failure && failure->blame == Blame::kPrefix) return std::nullopt;
    if (failure) return failure;
    if (parse_reply(reply.body, 1)) return std::nullopt;
    return garbage(lane.options().url, "it is no completion");
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
    auto lane = std::make_unique<Lane>(std::make_unique<CurlTransport>(loop_, options.transport), options);
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
  started->dispatcher =
      std::make_unique<Dispatcher>(loop_, started->lanes, dispatcher_options(started->models.size()));
  started->setup = std::make_shared<const SampleSetup>(
      SampleSetup{options_.limits.timeout, options_.limits.stall, options_.sampling.stop, options_.stream,
                  options_.sampling.temperature == 0});
  look_for_lost(started, lost);
  return started;
}

/// Servers that were not there at the start are looked for until they come, each on a thread of its own, so
/// that none has to wait for another's time-outs.
void HttpPolicy::look_for_lost(const std::shared_ptr<Started>& started,
                               const std::vector<std::size_t>& lost) {
  const core::Lock lock(thread_mutex_);
  for (const std::size_t number : lost)
    keepers_.emplace_back([this, started, number] { look_for(started, number); });
}

void HttpPolicy::look_for(const std::shared_ptr<Started>& started, std::size_t number) {
  auto pause = 2 * options_.limits.backoff_base;
  for (;;) {
    pause = std::min<std::chrono::milliseconds>(2 * pause, kLongestPause);
    LoopQuestioner questioner(*this, lane_options_[number].transport);
    questioner.pause(pause);
    auto setup = set_up(questioner, options_, lane_options_[number]);
    if (!setup && setup.error().kind == ErrorKind::kTransient) continue;
    const bool posted = post([started, number, setup = std::move(setup)] {
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
    if (stopped_) return core::fail(stopped_error());
    started_ = started;
  }
  const bool posted = post([started] { started->dispatcher->pump(); });
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
  std::shared_ptr<Started> started;
  {
    const core::Lock lock(mutex_);
    VILTREE_CHECK(stopped_ || started_ != nullptr);  // start() comes first
    started = started_;
  }
  const auto stopped = [&] {
    on_result(policy::uncompleted(policy::Uncompleted::Why::kStopped, stopped_error().message));
  };
  if (started == nullptr) return stopped();
  const std::size_t model = choose_by_weight(started->weights, sample.seed);
  auto job =
      std::make_shared<SampleJob>(*started->dispatcher, started->setup, model, std::move(sample), on_result);
  if (!post([started, job] { job->start(); })) stopped();
}

/// Every request for several siblings may be checked with one more completion.
std::uint32_t HttpPolicy::most_completions(std::uint32_t n) const {
  return n > 1 && options_.sampling.temperature > 0 ? 2 * n : n;
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
  const bool posted = post([started] { started->dispatcher->wind_down(); });
  static_cast<void>(posted);
}

void HttpPolicy::end() {
  {
    const core::Lock lock(mutex_);
    if (!stopped_) {
      loop_.post([this, started = started_] {
        for (const auto& transport : asking_) transport->cancel_all();
        asking_.clear();
        if (started != nullptr) started->dispatcher->cancel_all();
        loop_.stop();
      });
    }
    stopped_ = true;
    stopping_.notify_all();
  }
  const core::Lock lock(thread_mutex_);
  keepers_.clear();
  if (thread_.joinable()) thread_.join();
}

}  // namespace

core::Result<std::unique_ptr<policy::Policy>> make_http_policy(HttpOptions options) {
  if (const auto status = check_options(options); !status) return core::fail(status.error());
  std::vector<Checked> checked;
  for (const Endpoint& endpoint : options.endpoints) {
    const auto url = parse_endpoint_url(endpoint.url, options.limits.allow_plain_http_to);
    if (!url) return core::fail(url.error());
    auto key = ApiKey::load(endpoint.api_key_env, endpoint.api_key_file);
    if (!key) return core::fail(key.error());
    checked.push_back({endpoint, *url, std::move(*key)});
  }
  return std::make_unique<HttpPolicy>(std::move(options), std::move(checked));
}

}  // namespace viltree::http
