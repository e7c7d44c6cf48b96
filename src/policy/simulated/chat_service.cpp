#include "chat_service.hpp"

#include "model.hpp"
#include "prompt_tokens.hpp"
#include "reply_stream.hpp"
#include "spoil.hpp"
#include "thinking.hpp"
#include "tokens.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <numbers>
#include <utility>

namespace viltree::simulated {

namespace {

constexpr std::string_view kChatPath = "/v1/chat/completions";
constexpr std::uint32_t kOwnLimit = 4096;  // of a server that heeds no other
constexpr std::string_view kRawPath = "/v1/completions";

BatchOptions batch_options_of(const ServerOptions& options, const Dialect& dialect) {
  BatchOptions batch;
  batch.slots = options.slots.value_or(dialect.slots.value_or(0));
  batch.queue = options.queue;
  batch.capacity = Capacity::parse(options.capacity).value_or(Capacity());
  batch.token_rate = options.token_rate;
  batch.prefill_rate = options.prefill_rate;
  batch.cache_tokens = options.cache_tokens;
  return batch;
}

core::Status check(const ServerOptions& options, const Dialect* dialect) {
  const auto wrong = [](const std::string& what) {
    return core::fail(core::ErrorKind::kInvalidInput, "simulator: " + what);
  };
  if (dialect == nullptr) {
    std::string names;
    for (const std::string& name : dialect_names()) names += (names.empty() ? "" : ", ") + name;
    return wrong("there is no dialect \"" + options.dialect + "\"; there are " + names);
  }
  const auto capacity = Capacity::parse(options.capacity);
  if (!capacity) return core::fail(capacity.error());
  const auto rate = [](double value) { return value >= 0 && std::isfinite(value); };
  if (!rate(options.token_rate)) return wrong("the token rate must be 0 or more");
  if (!rate(options.prefill_rate)) return wrong("the prefill rate must be 0 or more");
  if (!rate(options.length_sigma) || options.length_sigma > 4)
    return wrong("the length sigma must be from 0 to 4");
  if (options.queue > 0 && batch_options_of(options, *dialect).slots == 0)
    return wrong("a queue needs a number of slots");
  if (options.queue > 0 && !options.capacity.empty())
    return wrong("a queue's end and a capacity say the same thing: give one of them");
  std::error_code error;
  if (!options.media_path.empty() && !std::filesystem::is_directory(options.media_path, error))
    return wrong("the media path " + options.media_path + " is no folder");
  return {};
}

Choice make_choice(std::uint32_t index, Draw draw) {
  Choice choice;
  choice.index = index;
  choice.text = std::move(draw.completion.text);
  choice.finish = draw.completion.finish;
  choice.tokens = draw.completion.tokens.value_or(0);
  choice.stopped_by = std::move(draw.stopped_by);
  choice.logprobs = std::move(draw.token_logprobs);
  return choice;
}

/// Thoughts at the text's beginning into a member of their own; how many tokens they have.
std::uint32_t take_apart(std::string_view thoughts, Choice& choice) {
  const std::size_t size = std::min(thoughts.size(), choice.text.size());
  choice.thoughts = choice.text.substr(0, size);
  choice.text.erase(0, size);
  choice.content_null = choice.text.empty() && size > 0;
  return count_tokens(choice.thoughts);
}

HttpReply stream_reply(const std::vector<std::string>& events) {
  HttpReply reply;
  reply.content_type = "text/event-stream; charset=utf-8";
  reply.headers.emplace_back("cache-control", "no-cache");
  for (const std::string& event : events) {
    reply.body += event;
    reply.chunk_ends.push_back(reply.body.size());
  }
  return reply;
}

HttpReply json_reply(const OrderedJson& json) {
  HttpReply reply;
  reply.body = dump(json);
  return reply;
}

}  // namespace

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const Dialect* dialect : dialects()) names.emplace_back(dialect->name);
  return names;
}

core::Result<std::unique_ptr<ChatService>> ChatService::open(const ServerOptions& options) {
  const Dialect* dialect = find_dialect(options.dialect);
  if (const auto status = check(options, dialect); !status) return core::fail(status.error());
  auto faults = FaultPlan::parse(options.faults, options.seed);
  if (!faults) return core::fail(faults.error());
  auto oddities = Oddities::parse(options.oddities);
  if (!oddities) return core::fail(oddities.error());
  std::unique_ptr<RequestLog> log;
  if (!options.request_log.empty()) {
    auto opened = RequestLog::open(options.request_log);
    if (!opened) return core::fail(opened.error());
    log = std::move(*opened);
  }
  return std::unique_ptr<ChatService>(
      new ChatService(options, *dialect, std::move(*faults), std::move(*oddities), std::move(log)));
}

ChatService::ChatService(const ServerOptions& options, const Dialect& dialect, FaultPlan faults,
                         Oddities oddities, std::unique_ptr<RequestLog> log)
    : model_(options.model),
      dialect_(dialect),
      batch_(batch_options_of(options, dialect)),
      length_sigma_(options.length_sigma),
      delay_(options.delay),
      seed_(options.seed),
      faults_(std::move(faults)),
      oddities_(std::move(oddities)),
      log_(std::move(log)),
      images_(options.media_path) {}

bool ChatService::batches() const {
  return batch_.slots > 0 || batch_.token_rate > 0 || batch_.prefill_rate > 0 || batch_.cache_tokens > 0;
}

HttpReply ChatService::reply_to(const HttpRequest& request) {
  Exchange exchange = begin(request);
  if (exchange.ready) return std::move(*exchange.ready);
  if (auto failed = accept(exchange)) return std::move(*failed);
  return finish(exchange, std::nullopt);
}

Exchange ChatService::begin(const HttpRequest& request) {
  Exchange exchange;
  exchange.reply.number = ++requests_;
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  exchange.log_line = {{"n", exchange.reply.number}, {"path", path}, {"status", 0}};
  if (log_) exchange.log_line["body_hash"] = core::hex64(core::hash64(request.body));
  route({request.method, path, request.body}, exchange);
  if (exchange.ready) {
    exchange.ready->delay += delay_;
    exchange.ready = logged(std::move(*exchange.ready), exchange.log_line);
  }
  return exchange;
}

std::optional<HttpReply> ChatService::accept(Exchange& exchange) {
  tally_.count_sequences(exchange.reply.choices.size(), exchange.reply.completion_tokens);
  HttpReply reply;
  const bool silent = exchange.fault &&
                      (exchange.fault->kind == FaultKind::kReset || exchange.fault->kind == FaultKind::kDies);
  reply.status = silent ? 0 : 200;
  reply = logged(std::move(reply), exchange.log_line);
  if (reply.status < 500) return std::nullopt;
  return reply;
}

HttpReply ChatService::busy(Exchange& exchange) {
  tally_.count_refused();
  exchange.log_line["completion_tokens"] = 0;
  const ApiError reason = batch_.capacity.bounded()
                              ? ApiError{429, "too many sequences at a time", "", ""}
                              : ApiError{503, "the queue of waiting sequences is full", "", ""};
  return logged(refusal(reason), exchange.log_line);
}

HttpReply ChatService::finish(Exchange& exchange, std::optional<std::uint64_t> cached_tokens) const {
  if (batch_.cache_tokens > 0) exchange.reply.cached_tokens = cached_tokens.value_or(0);
  if (exchange.fault) spoil_choices(*exchange.fault, exchange.reply);
  HttpReply reply;
  if (exchange.stream) {
    reply = stream_reply(ReplyStream::whole(exchange.reply, dialect_));
  } else {
    reply.body = render(exchange.reply, dialect_);
  }
  if (exchange.fault) spoil_reply(*exchange.fault, reply);
  reply.delay += delay_;
  return reply;
}

HttpReply ChatService::refuse(int status, const std::string& message) {
  return logged(refusal({status, message, "", ""}), {{"n", ++requests_}, {"path", nullptr}, {"status", 0}});
}

HttpReply ChatService::refusal(ApiError error) const {
  if (error.status == 400) error.status = dialect_.invalid_status;
  HttpReply reply = json_reply(dialect_.write_error(error));
  reply.status = error.status;
  return reply;
}

HttpReply ChatService::logged(HttpReply reply, OrderedJson line) {
  if (!log_) return reply;
  line["status"] = reply.status;
  if (log_->append(dump(line))) return reply;
  return refusal({500, "the request log cannot be written", "server_error", ""});
}

void ChatService::route(const HttpRequest& request, Exchange& exchange) {
  const bool chat = request.target == kChatPath;
  const bool raw = request.target == kRawPath;
  const std::string allow = chat || raw ? "POST" : "GET";
  if (!chat && !raw) exchange.ready = page(request.target);
  if (request.method == allow) {
    if (chat || raw) complete(request, chat, exchange);
  } else if (!exchange.ready || exchange.ready->status == 200) {
    exchange.ready = refusal({405, "this path answers to " + allow + " only", "", ""});
    exchange.ready->headers.emplace_back("allow", allow);
  }
}

HttpReply ChatService::page(std::string_view path) const {
  if (path == "/v1/models") return models();
  if (path == "/health") return json_reply({{"status", "ok"}});
  if (path == "/stats") {
    HttpReply reply;
    reply.body = stats_as_json(stats());
    return reply;
  }
  for (const Page& page : dialect_.pages) {
    if (page.path == path) return json_reply(page.write({model_, batch_.slots}));
  }
  return refusal(
      {404, "no such path; there are /v1/chat/completions, /v1/models, /health and /stats", "", ""});
}

HttpReply ChatService::models() const {
  const std::string owner = dialect_.owned_by.empty() ? model_ : std::string(dialect_.owned_by);
  OrderedJson entry = {{"id", model_}, {"object", "model"}, {"created", 0}, {"owned_by", owner}};
  if (dialect_.adorn_model != nullptr) dialect_.adorn_model(entry);
  return json_reply({{"object", "list"}, {"data", OrderedJson::array({entry})}});
}

ServerStats ChatService::stats() const {
  ServerStats stats = tally_.stats();
  if (engine_counts_) add_engine(engine_counts_(), stats);
  return stats;
}

void ChatService::complete(const HttpRequest& request, bool chat, Exchange& exchange) {
  tally_.count_request();
  if (!chat && !dialect_.raw_completions) {
    exchange.ready = refusal({404, "this is a chat model; use v1/chat/completions", "", "model"});
    return;
  }
  const ReadingOptions reading{dialect_, images_, batch_.slots};
  const auto parsed =
      chat ? parse_chat_request(request.body, reading) : parse_raw_request(request.body, reading);
  if (!parsed) {
    exchange.ready = refusal(parsed.error());
    return;
  }
  if (!dialect_.any_model && parsed->model != model_) {
    exchange.ready = refusal(
        {404, "the model `" + parsed->model + "` does not exist; there is `" + model_ + '`', "", "model"});
    return;
  }
  exchange.stream = parsed->stream;
  exchange.fault = faults_.draw(exchange.reply.number);
  if (exchange.fault) tally_.count_fault(exchange.fault->name);
  describe(*parsed, exchange);
  if (exchange.fault && exchange.fault->kind == FaultKind::kStatus) {
    exchange.ready = refusal({exchange.fault->status, "a fault on demand", "simulated_fault", ""});
    exchange.ready->headers = retry_headers(*exchange.fault, std::time(nullptr));
    return;
  }
  draw(*parsed, exchange);
}

void ChatService::describe(const CompletionRequest& request, Exchange& exchange) const {
  if (!log_) return;
  OrderedJson& line = exchange.log_line;
  OrderedJson images = OrderedJson::array();
  for (const Picture& image : request.images) images.push_back(core::sha256_hex(*image.bytes));
  line["dialect"] = dialect_.name;
  line["stream"] = request.stream;
  line["seed"] = request.seed ? OrderedJson(*request.seed) : OrderedJson(nullptr);
  line["n_siblings"] = request.n;
  line["prefix_hash"] = core::hex64(core::hash64(request.prefix));
  line["prefix_bytes"] = request.prefix.size();
  line["question_hash"] = core::hex64(core::hash64(request.question));
  line["images"] = std::move(images);
  line["completion_tokens"] = 0;
  if (exchange.fault) line["fault"] = exchange.fault->name;
}

void ChatService::draw(const CompletionRequest& request, Exchange& exchange) const {
  std::vector<std::string_view> images;
  for (const Picture& image : request.images) images.emplace_back(*image.bytes);
  const Model model(images, request.question, 0);
  const bool continued = !request.open_turn.empty();
  const ThinkingState state = thinking_state(oddities_.form(), request.prefix, continued);
  const Sampler sampler(model, state.solution, request.sampling);
  Reply& reply = exchange.reply;
  const std::uint64_t seed = request.seed.value_or(core::mix64(seed_, reply.number) & dialect_.seed_mask);
  std::vector<Draw> draws;
  DrawOptions options = request.draw;
  options.length_sigma = length_sigma_;
  if (oddities_.form().ignores_limit) options.max_tokens = kOwnLimit;
  for (std::uint32_t i = 0; i < request.n; ++i) {
    options.seed = (seed + i) & dialect_.seed_mask;
    draws.push_back(draw_behind(thoughts_at(oddities_.form(), state, options.seed), sampler, options));
    reply.completion_tokens += draws.back().completion.tokens.value_or(0);
  }
  if (batches()) plan(request, draws, exchange);
  const std::string_view shown = continued ? "" : std::string_view(request.prefix);
  for (std::uint32_t i = 0; i < request.n; ++i) {
    reply.choices.push_back(make_choice(i, std::move(draws[i])));
    if (oddities_.form().thinking_apart)
      reply.reasoning_tokens += take_apart(
          thoughts_at(oddities_.form(), state, (seed + i) & dialect_.seed_mask), reply.choices.back());
    oddities_.change((seed + i) & dialect_.seed_mask, shown, reply.choices.back());
  }
  reply.form = oddities_.form();
  reply.model = model_;
  reply.created = static_cast<std::int64_t>(std::time(nullptr));
  reply.chat = request.chat;
  reply.prefix = request.prefix;
  reply.prompt_tokens = count_prompt_tokens(request);
  reply.first_choice_tokens = reply.choices.front().tokens;
  reply.logprobs = request.draw.token_logprobs;
  reply.token_ids = request.token_ids;
  reply.stream_usage = request.stream && request.stream_usage;
  exchange.log_line["completion_tokens"] = reply.completion_tokens;
}

void ChatService::plan(const CompletionRequest& request, const std::vector<Draw>& draws,
                       Exchange& exchange) const {
  exchange.job.context = context_tokens(request);
  append_tokens(request.open_turn, exchange.job.open_turn);
  for (const Draw& draw : draws) {
    BatchSequence sequence;
    sequence.tokens = draw.completion.tokens.value_or(0);
    append_tokens(request.open_turn + draw.completion.text + draw.cut_off, sequence.after);
    exchange.job.sequences.push_back(std::move(sequence));
  }
}

}  // namespace viltree::simulated
