#include "set_up.hpp"

#include "model_list.hpp"

#include <viltree/core/text.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

using core::ErrorKind;
using std::chrono::milliseconds;

constexpr milliseconds kTimeout{10'000};
constexpr milliseconds kProbeTimeout{120'000};
constexpr std::uint32_t kRetries = 2;

/// GET, with a few more attempts after failures that may pass.
tl::expected<HttpReply, Failure> get(Questioner& questioner, const std::string& url,
                                     const ReplyContext& context, const ProbeOptions& options) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    HttpRequest request;
    request.url = url;
    request.timeout = kTimeout;
    auto reply = questioner.ask(std::move(request));
    if (!reply)
      return tl::unexpected(
          Failure{{ErrorKind::kCancelled, "the policy was stopped"}, Blame::kServer, true, {}});
    auto failure = check_reply(*reply, context);
    if (!failure) return std::move(*reply);
    // There is no prefix yet that could be refused.
    if (failure->blame == Blame::kPrefix) failure->error.kind = ErrorKind::kInvalidInput;
    if (failure->error.kind != ErrorKind::kTransient || failure->final || attempt > options.retries)
      return tl::unexpected(*std::move(failure));
    questioner.pause(backoff_wait(options.backoff, attempt, failure->wait, 1));
  }
}

/// A server that is there, and has nothing against us.
bool lacks_list(const Failure& failure) {
  return failure.status == 400 || failure.status == 404 || failure.status == 405 || failure.status == 422 ||
         failure.status >= 500;
}

core::Result<ChosenModel> find_model(Questioner& questioner, const ReplyContext& context,
                                     const Endpoint& endpoint, const ProbeOptions& options) {
  const std::string url = context.url + "/models";
  const auto reply = get(questioner, url, context, options);
  if (!reply && lacks_list(reply.error())) {
    if (auto chosen = believed_model(endpoint, "HTTP " + std::to_string(reply.error().status)))
      return *std::move(chosen);
    return core::fail(reply.error().error.kind,
                      reply.error().error.message + " (" + url +
                          ": a server without a list of models needs the endpoint's "
                          "model and dialect in the configuration)");
  }
  if (!reply) return core::fail(reply.error().error);
  const auto listed = parse_model_list(reply->body);
  if (!listed) {
    if (auto chosen = believed_model(endpoint, "what it answers is no list")) return *std::move(chosen);
    return core::fail(
        ErrorKind::kInvalidInput,
        url +
            " answers with no model list: is this the url of an OpenAI-compatible server, up to its "
            "version (such as /v1)? One without a list needs the endpoint's model and dialect in the "
            "configuration");
  }
  auto chosen = choose_model(*listed, endpoint);
  if (!chosen) return core::fail(chosen.error(), context.url);
  return chosen;
}

core::Result<WriterOptions> writer_options(const HttpOptions& options, const Endpoint& endpoint,
                                           const ChosenModel& chosen) {
  const auto refuse = [&](const std::string& why) {
    return core::fail(ErrorKind::kInvalidInput, endpoint.url + ": " + why);
  };
  const Dialect& dialect = *chosen.dialect;
  WriterOptions writer;
  writer.model = chosen.name;
  writer.dialect = &dialect;
  writer.continuation = options.reprompt ? Continuation::kReprompt : dialect.continuation;
  writer.sampling = options.sampling;
  writer.system = options.prompt.system;
  writer.stream = options.stream;
  writer.logprobs = options.logprobs;
  writer.images = endpoint.images;
  writer.media_path = endpoint.media_path;
  writer.extra = endpoint.extra;
  if (writer.continuation == Continuation::kReprompt && !options.reprompt) {
    return refuse(
        "a server of dialect " + std::string(dialect.name) +
        " cannot go on from a prefix: set policy.continuation to reprompt, which asks the model to, and is "
        "another distribution");
  }
  if (writer.continuation == Continuation::kRaw) {
    const auto chat = find_chat_template(endpoint.chat_template);
    if (!chat) {
      std::string names;
      for (const std::string& name : chat_template_names()) names += (names.empty() ? "" : ", ") + name;
      return refuse("a server of dialect " + std::string(dialect.name) +
                    " is given raw prompts: set the endpoint's chat_template to the model's (" + names +
                    ", or a text with {user} in it)");
    }
    writer.chat_template = *chat;
  }
  if (endpoint.images == ImageMode::kUuid && !dialect.knows_images_by_uuid)
    return refuse("images: uuid is known to vLLM alone");
  if (endpoint.images == ImageMode::kFile && endpoint.media_path.empty())
    return refuse("images: file needs media_path, where the data set's root is on the server");
  return writer;
}

/// How many requests the server does at once, by what llama-server says of itself.
std::optional<std::uint32_t> slots_of(Questioner& questioner, const ReplyContext& context) {
  std::string origin = context.url;
  if (const std::size_t version = origin.rfind("/v1"); version != std::string::npos) origin.resize(version);
  HttpRequest request;
  request.url = origin + "/props";
  request.timeout = kTimeout;
  const auto reply = questioner.ask(std::move(request));
  if (!reply || check_reply(*reply, context)) return std::nullopt;
  const auto document = json::parse(reply->body);
  const auto slots = document ? json::find_count(*document, "total_slots") : std::nullopt;
  if (!slots || *slots == 0 || *slots > 65'536) return std::nullopt;
  return static_cast<std::uint32_t>(*slots);
}

void note_route(const Route& route, std::vector<policy::Finding>& findings) {
  using Kind = policy::Finding::Kind;
  if (route.proxy)
    findings.push_back({Kind::kGood, "proxy", route.proxy->shown + " (" + route.proxy->source + ")"});
  if (route.passed_over) findings.push_back({Kind::kCosts, "proxy", why_passed_over(*route.passed_over)});
}

}  // namespace

core::Result<std::shared_ptr<const LaneSetup>> set_up(Questioner& questioner, const HttpOptions& options,
                                                      const LaneOptions& lane) {
  const ProbeOptions probing{std::min(kProbeTimeout, options.limits.timeout),
                             std::min(kRetries, options.limits.retries),
                             {options.limits.backoff_base, options.limits.backoff_cap}};
  ReplyContext context{lane.url, lane.secrets, nullptr, lane.transport.ca_file, lane.route};
  const auto chosen = find_model(questioner, context, lane.endpoint, probing);
  if (!chosen) return core::fail(chosen.error());
  auto writer = writer_options(options, lane.endpoint, *chosen);
  if (!writer) return core::fail(writer.error());
  context.dialect = chosen->dialect;
  const bool takes_images =
      (writer->continuation != Continuation::kRaw || chosen->dialect->has_images_in_raw_prompts) &&
      chosen->takes_images.value_or(true);
  LaneSetup setup{
      context, RequestWriter(std::move(*writer)), 1, chosen->dialect->repeats_prefix, takes_images, {}, {}};
  note_route(lane.route, setup.findings);
  if (!chosen->notice.empty())
    setup.findings.push_back({policy::Finding::Kind::kCosts, "models", chosen->notice});
  setup.choices_per_request = setup.writer.choices_per_request();
  if (options.probe) {
    if (chosen->dialect->tells_slots) setup.slots = slots_of(questioner, context);
    if (auto status = probe(questioner, setup, probing); !status) return core::fail(status.error());
  }
  return std::make_shared<const LaneSetup>(std::move(setup));
}

}  // namespace viltree::http
