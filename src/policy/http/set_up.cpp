#include "set_up.hpp"

#include "continuation_look.hpp"
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

ReplyContext context_of(const LaneOptions& lane, const Dialect* dialect, std::string_view path) {
  return {lane.url, lane.secrets, dialect, lane.transport.ca_file, lane.route, std::string(path)};
}

/// "/v1" at its end, or such; empty where there is none.
std::string_view version_of(std::string_view url) {
  const std::size_t slash = url.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? std::string_view() : url.substr(slash);
  const bool is_version = last.size() >= 3 && last[1] == 'v' && last[2] >= '0' && last[2] <= '9';
  return is_version ? last : std::string_view();
}

/// Where there is a list of models, if not where the endpoint's url says: with a version, or without.
std::optional<std::string> other_base(Questioner& questioner, const ReplyContext& context) {
  const std::string_view version = version_of(context.url);
  const std::string base =
      version.empty() ? context.url + "/v1" : context.url.substr(0, context.url.size() - version.size());
  HttpRequest request;
  request.url = base + "/models";
  request.timeout = kTimeout;
  const auto reply = questioner.ask(std::move(request));
  if (!reply || check_reply(*reply, context) || !parse_model_list(reply->body)) return std::nullopt;
  return base;
}

core::Result<ChosenModel> find_model(Questioner& questioner, const ReplyContext& context,
                                     const Endpoint& endpoint, const ProbeOptions& options) {
  const std::string url = context.url + "/models";
  const auto reply = get(questioner, url, context, options);
  if (!reply && lacks_list(reply.error())) {
    if (auto chosen = believed_model(endpoint, "HTTP " + std::to_string(reply.error().status)))
      return *std::move(chosen);
    const auto base = reply.error().status == 404 ? other_base(questioner, context) : std::nullopt;
    if (base) {
      return core::fail(ErrorKind::kInvalidInput, url + ": HTTP 404, but there is a list of models at " +
                                                      *base + "/models: set the endpoint's url to " + *base);
    }
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
  writer.thinking = options.thinking;
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

/// It would be asked to go on in words, and nobody has asked for that.
bool cannot_go_on(const HttpOptions& options, const Dialect& dialect) {
  return dialect.continuation == Continuation::kReprompt && !options.reprompt;
}

struct OtherDialects {
  const Dialect* goes_on = nullptr;  ///< the first in whose ways it does, or seems to
  bool for_certain = false;          ///< it does
  std::string names;                 ///< of all that can
};

/// A proxy that says that it is of a dialect that cannot go on may hide a server that can.
core::Result<OtherDialects> try_others(Questioner& questioner, const HttpOptions& options,
                                       const LaneOptions& lane, const ChosenModel& chosen,
                                       const ProbeOptions& probing) {
  OtherDialects others;
  for (const Dialect* dialect : dialects()) {
    if (dialect->continuation != Continuation::kMessage) continue;
    others.names += (others.names.empty() ? "" : ", ") + std::string(dialect->name);
    if (!options.probe || others.goes_on != nullptr) continue;
    ChosenModel as = chosen;
    as.dialect = dialect;
    auto writer = writer_options(options, lane.endpoint, as);
    if (!writer) continue;
    const RequestWriter as_it(std::move(*writer));
    LaneSetup setup{context_of(lane, dialect, as_it.path()), as_it, 1, false, true, {}, {}};
    Inquiry inquiry(questioner, setup, probing);
    const auto goes = goes_on(inquiry);
    if (!goes) return core::fail(goes.error());
    if (*goes == GoesOn::kNo) continue;
    others.goes_on = dialect;
    others.for_certain = *goes == GoesOn::kYes;
  }
  return others;
}

std::string advice_on(const OtherDialects& others, const HttpOptions& options) {
  constexpr std::string_view kReprompting =
      "set policy.continuation to reprompt, which asks the model to, and is another distribution";
  if (others.goes_on != nullptr && !others.for_certain) {
    return ", but this one seems to when it is asked as " + std::string(others.goes_on->name) +
           " (it counts no tokens, by which that would be certain): if that is what it is, set the "
           "endpoint's "
           "dialect to that";
  }
  if (others.goes_on != nullptr) {
    return ", but this one does when it is asked as " + std::string(others.goes_on->name) +
           ": set the endpoint's dialect to that";
  }
  if (options.probe) {
    return ", and this one does not when it is asked as " + others.names +
           " either: " + std::string(kReprompting);
  }
  return ". If it is a proxy before one that can, set the endpoint's dialect to that server's (" +
         others.names + "); else " + std::string(kReprompting);
}

/// For a server whose dialect cannot go on: that of the server behind it, where the dialect may be chosen.
core::Result<ChosenModel> one_that_goes_on(Questioner& questioner, const HttpOptions& options,
                                           const LaneOptions& lane, ChosenModel chosen,
                                           const ProbeOptions& probing) {
  const auto others = try_others(questioner, options, lane, chosen, probing);
  if (!others) return core::fail(others.error());
  const std::string listed(chosen.dialect->name);
  if (!others->for_certain || lane.endpoint.dialect != "auto") {
    return core::fail(ErrorKind::kInvalidInput, lane.endpoint.url + ": a server of dialect " + listed +
                                                    " cannot go on from a prefix" +
                                                    advice_on(*others, options));
  }
  chosen.dialect = others->goes_on;
  const std::string name(chosen.dialect->name);
  chosen.notice += (chosen.notice.empty() ? "" : "; ") +
                   ("its list says " + listed + ", but it goes on from a prefix as " + name +
                    " does, and is asked so (with the endpoint's dialect: " + name + " nothing is tried)");
  return chosen;
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

/// What was decided before the server was met: by which way it is asked, and how often.
void note_way(const LaneOptions& lane, std::vector<policy::Finding>& findings) {
  using Kind = policy::Finding::Kind;
  const auto& [proxy, passed_over] = lane.route;
  if (proxy) findings.push_back({Kind::kGood, "proxy", proxy->shown + " (" + proxy->source + ")"});
  if (passed_over) findings.push_back({Kind::kCosts, "proxy", why_passed_over(*passed_over)});
  const auto note_rate = [&](std::uint64_t rate, const char* what) {
    if (rate > 0)
      findings.push_back({Kind::kGood, "rate", "at most " + std::to_string(rate) + " " + what + " a minute"});
  };
  note_rate(lane.rate.requests_per_minute, "requests");
  note_rate(lane.rate.tokens_per_minute, "tokens");
}

}  // namespace

core::Result<std::shared_ptr<const LaneSetup>> set_up(Questioner& questioner, const HttpOptions& options,
                                                      const LaneOptions& lane) {
  const ProbeOptions probing{std::min(kProbeTimeout, options.limits.timeout),
                             std::min(kRetries, options.limits.retries),
                             {options.limits.backoff_base, options.limits.backoff_cap}};
  ReplyContext context = context_of(lane, nullptr, "/models");
  auto chosen = find_model(questioner, context, lane.endpoint, probing);
  if (chosen && cannot_go_on(options, *chosen->dialect))
    chosen = one_that_goes_on(questioner, options, lane, *std::move(chosen), probing);
  if (!chosen) return core::fail(chosen.error());
  auto writer = writer_options(options, lane.endpoint, *chosen);
  if (!writer) return core::fail(writer.error());
  context.dialect = chosen->dialect;
  const bool takes_images =
      (writer->continuation != Continuation::kRaw || chosen->dialect->has_images_in_raw_prompts) &&
      chosen->takes_images.value_or(true);
  // A prefix that is shown in the user's turn is no part of what the server goes on from.
  const bool repeats_prefix =
      chosen->dialect->repeats_prefix && writer->continuation == Continuation::kMessage;
  LaneSetup setup{context, RequestWriter(std::move(*writer)), 1, repeats_prefix, takes_images, {}, {}};
  note_way(lane, setup.findings);
  if (!chosen->notice.empty())
    setup.findings.push_back({policy::Finding::Kind::kCosts, "models", chosen->notice});
  setup.context.path = setup.writer.path();
  setup.choices_per_request = setup.writer.choices_per_request();
  if (options.probe) {
    if (chosen->dialect->tells_slots) setup.slots = slots_of(questioner, context);
    if (auto status = probe(questioner, setup, probing); !status) return core::fail(status.error());
  }
  return std::make_shared<const LaneSetup>(std::move(setup));
}

}  // namespace viltree::http
