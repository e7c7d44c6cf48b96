#include "client.hpp"
#include "endpoint_url.hpp"
#include "model_list.hpp"
#include "options.hpp"
#include "sample_job.hpp"

#include <viltree/core/mutex.hpp>
#include <viltree/http/http_policy.hpp>

#include <algorithm>
#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <signal.h>

namespace viltree::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kStartTimeout{10'000};
constexpr std::uint32_t kStartRetries = 2;

core::Error stopped_error() {
  return {core::ErrorKind::kCancelled, "the policy was stopped"};
}

/// GET /models, answered into a promise.
class ModelsCall final : public Call {
 public:
  using ListResult = core::Result<std::vector<ListedModel>>;

  ModelsCall(ReplyContext context, std::uint32_t retries, std::promise<ListResult> promise)
      : context_(std::move(context)),
        retries_(std::min(retries, kStartRetries)),
        promise_(std::move(promise)) {}

  HttpRequest request() const override { return {context_.url + "/models", std::nullopt, kStartTimeout}; }
  std::uint32_t sequences() const override { return 0; }
  std::uint32_t retries() const override { return retries_; }
  bool is_wanted() const override { return true; }

  std::optional<Failure> accept(HttpReply reply) override {
    if (auto failure = check_reply(reply, context_)) {
      // There is no prefix yet that could be refused.
      if (failure->error.kind == core::ErrorKind::kPermanent)
        failure->error.kind = core::ErrorKind::kInvalidInput;
      return failure;
    }
    auto listed = parse_model_list(reply.body);
    if (!listed) {
      return Failure{
          {core::ErrorKind::kInvalidInput,
           context_.url + "/models answers with no model list: is this the url of an OpenAI-compatible "
                          "server, up to its version (such as /v1)?"},
          false,
          {}};
    }
    listed_ = std::move(*listed);
    return std::nullopt;
  }

  void finish(core::Status status) override {
    promise_.set_value(status ? ListResult(std::move(listed_)) : core::fail(status.error()));
  }

 private:
  ReplyContext context_;
  std::uint32_t retries_;
  std::promise<ListResult> promise_;
  std::vector<ListedModel> listed_;
};

/// OpenSSL writes to sockets that may be closed; the signal would end the program.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

class HttpPolicy final : public policy::Policy {
 public:
  HttpPolicy(HttpOptions options, const EndpointUrl& url, ApiKey key)
      : options_(std::move(options)),
        context_{url.base, std::move(key), nullptr},
        transport_(loop_, transport_options(url.tls, url.loopback)),
        client_(loop_, transport_, client_options()),
        work_(loop_.get_executor()),
        thread_([this] {
          block_sigpipe();
          loop_.run();
        }) {}

  ~HttpPolicy() override { end(); }

  core::Status start() override;
  core::Result<std::shared_ptr<const policy::Prompt>> prepare(const domain::Problem& problem) override;
  void sample(policy::Sample sample, policy::OnAnswer on_answer) override;
  std::uint32_t max_sequences() const override { return in_flight(); }
  policy::PolicyCounts counts() const override { return client_.counts(); }
  std::string model() const override;
  void stop() override { end(); }

 private:
  [[nodiscard]] std::uint32_t in_flight() const {
    return options_.limits.in_flight == 0 ? kAutoInFlight : options_.limits.in_flight;
  }
  [[nodiscard]] TransportOptions transport_options(bool tls, bool loopback) const {
    return {context_.key.empty() ? std::string() : context_.key.authorization_header(), tls, loopback,
            in_flight(), options_.limits.connect_timeout};
  }
  [[nodiscard]] ClientOptions client_options() const {
    return {in_flight(), {options_.limits.backoff_base, options_.limits.backoff_cap}, options_.jitter_seed};
  }
  [[nodiscard]] ModelsCall::ListResult list_models();
  [[nodiscard]] std::shared_ptr<const ChatSetup> make_setup(const ChosenModel& chosen) const;
  /// False once the policy is stopped. What is posted runs before anything that end() posts.
  template <class Task>
  [[nodiscard]] bool post(Task&& task);
  void end();

  const HttpOptions options_;
  const ReplyContext context_;
  asio::io_context loop_{1};
  Transport transport_;
  Client client_;

  mutable core::Mutex mutex_;
  bool stopped_ VILTREE_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const ChatSetup> setup_ VILTREE_GUARDED_BY(mutex_);

  asio::executor_work_guard<asio::io_context::executor_type> work_;
  core::Mutex thread_mutex_;  ///< held while the thread ends, so that every caller of stop() waits for that
  std::jthread thread_ VILTREE_GUARDED_BY(thread_mutex_);
};

template <class Task>
bool HttpPolicy::post(Task&& task) {
  const core::Lock lock(mutex_);
  if (!stopped_) asio::post(loop_, std::forward<Task>(task));
  return !stopped_;
}

ModelsCall::ListResult HttpPolicy::list_models() {
  std::promise<ModelsCall::ListResult> promise;
  auto listed = promise.get_future();
  auto call = std::make_unique<ModelsCall>(context_, options_.limits.retries, std::move(promise));
  if (!post([this, call = std::move(call)]() mutable { client_.submit(std::move(call)); })) {
    return core::fail(stopped_error());
  }
  return listed.get();
}

std::shared_ptr<const ChatSetup> HttpPolicy::make_setup(const ChosenModel& chosen) const {
  ReplyContext context = context_;
  context.dialect = chosen.dialect;
  ChatRequestWriter writer(chosen.name, options_.sampling, *chosen.dialect);
  const std::uint32_t choices = std::min(writer.choices_per_request(), in_flight());
  return std::make_shared<const ChatSetup>(ChatSetup{std::move(context), context_.url + "/chat/completions",
                                                     std::move(writer), choices, options_.limits.timeout,
                                                     options_.limits.retries});
}

core::Status HttpPolicy::start() {
  const auto listed = list_models();
  if (!listed) return core::fail(listed.error());
  const auto chosen = choose_model(*listed, options_.endpoints.front());
  if (!chosen) return core::fail(chosen.error(), context_.url);
  auto setup = make_setup(*chosen);
  const core::Lock lock(mutex_);
  setup_ = std::move(setup);
  return {};
}

core::Result<std::shared_ptr<const policy::Prompt>> HttpPolicy::prepare(const domain::Problem& problem) {
  return make_chat_prompt(options_.prompt, problem);
}

void HttpPolicy::sample(policy::Sample sample, policy::OnAnswer on_answer) {
  std::shared_ptr<const ChatSetup> setup;
  {
    const core::Lock lock(mutex_);
    VILTREE_CHECK(stopped_ || setup_ != nullptr);  // start() comes first
    setup = setup_;
  }
  if (setup == nullptr) return on_answer(core::fail(stopped_error()));
  auto job = std::make_shared<SampleJob>(client_, std::move(setup), std::move(sample), on_answer);
  if (!post([job] { job->start(); })) on_answer(core::fail(stopped_error()));
}

std::string HttpPolicy::model() const {
  const core::Lock lock(mutex_);
  return setup_ == nullptr ? options_.endpoints.front().model : setup_->writer.model();
}

void HttpPolicy::end() {
  {
    const core::Lock lock(mutex_);
    if (!stopped_) {
      asio::post(loop_, [this] {
        client_.cancel_all();
        loop_.stop();
      });
    }
    stopped_ = true;
  }
  const core::Lock lock(thread_mutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace

core::Result<std::unique_ptr<policy::Policy>> make_http_policy(HttpOptions options) {
  if (const auto status = check_options(options); !status) return core::fail(status.error());
  const Endpoint& endpoint = options.endpoints.front();
  const auto url = parse_endpoint_url(endpoint.url, options.limits.allow_plain_http_to);
  if (!url) return core::fail(url.error());
  auto key = ApiKey::load(endpoint.api_key_env, endpoint.api_key_file);
  if (!key) return core::fail(key.error());
  return std::make_unique<HttpPolicy>(std::move(options), *url, std::move(*key));
}

}  // namespace viltree::http
