#include "chat_service.hpp"

#include "model.hpp"
#include "tokens.hpp"

#include <viltree/core/hash.hpp>

#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

HttpReply refusal(const ApiError& error) {
  const Json body = {
      {"error",
       {{"message", error.message}, {"type", error.type}, {"param", nullptr}, {"code", error.status}}}};
  HttpReply reply;
  reply.status = error.status;
  reply.body = dump(body);
  return reply;
}

HttpReply not_allowed(const std::string& allow) {
  HttpReply reply = refusal({405, "this path answers to " + allow + " only"});
  reply.allow = allow;
  return reply;
}

Json render_logprobs(const std::vector<TokenLogprob>& tokens) {
  Json content = Json::array();
  for (const TokenLogprob& token : tokens) {
    Json bytes = Json::array();
    for (const char byte : token.token) bytes.push_back(static_cast<unsigned char>(byte));
    content.push_back({{"token", token.token},
                       {"logprob", token.logprob},
                       {"bytes", std::move(bytes)},
                       {"top_logprobs", Json::array()}});
  }
  return {{"content", std::move(content)}};
}

Json render_choice(std::uint32_t index, const Draw& draw, bool logprobs) {
  return {{"index", index},
          {"message", {{"role", "assistant"}, {"content", draw.completion.text}}},
          {"logprobs", logprobs ? render_logprobs(draw.token_logprobs) : Json(nullptr)},
          {"finish_reason", domain::name(draw.completion.finish)},
          {"token_count", draw.completion.tokens.value_or(0)}};
}

/// Changes the reply as the fault demands. A status takes the place of an answer; the other faults spoil one.
void strike(const Fault& fault, HttpReply& reply) {
  constexpr std::string_view kGarbage = "<html><body>upstream connect error</body>";
  switch (fault.kind) {
    case FaultKind::kStatus:
      reply = refusal({fault.status, "a fault on demand", "simulated_fault"});
      break;
    case FaultKind::kReset:
      reply.status = 0;
      reply.delivery = Delivery::kReset;
      break;
    case FaultKind::kTruncated:
      reply.delivery = Delivery::kTruncated;
      break;
    case FaultKind::kGarbage:
      reply.body = kGarbage;
      break;
    case FaultKind::kSlow:
      reply.delay += fault.delay;
      break;
  }
}

}  // namespace

/// A line of the log while the request is served.
struct ChatService::Record {
  std::uint64_t n = 0;
  Json line;
};

core::Result<std::unique_ptr<ChatService>> ChatService::open(const ServerOptions& options) {
  auto faults = FaultPlan::parse(options.faults, options.seed);
  if (!faults) return core::fail(faults.error());
  std::unique_ptr<RequestLog> log;
  if (!options.request_log.empty()) {
    auto opened = RequestLog::open(options.request_log);
    if (!opened) return core::fail(opened.error());
    log = std::move(*opened);
  }
  return std::unique_ptr<ChatService>(new ChatService(options, std::move(*faults), std::move(log)));
}

ChatService::ChatService(const ServerOptions& options, FaultPlan faults, std::unique_ptr<RequestLog> log)
    : model_(options.model),
      delay_(options.delay),
      seed_(options.seed),
      faults_(std::move(faults)),
      log_(std::move(log)) {}

HttpReply ChatService::answer(const HttpRequest& request) {
  Record record;
  record.n = ++requests_;
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  record.line = {{"n", record.n}, {"path", path}, {"status", 0}};
  if (log_) record.line["body_hash"] = core::hex64(core::hash64(request.body));
  HttpReply reply = route({request.method, path, request.body}, record);
  reply.delay += delay_;
  return logged(std::move(reply), record);
}

HttpReply ChatService::refuse(int status, const std::string& message) {
  Record record;
  record.n = ++requests_;
  record.line = {{"n", record.n}, {"path", nullptr}, {"status", 0}};
  return logged(refusal({status, message}), record);
}

HttpReply ChatService::logged(HttpReply reply, const Record& record) {
  if (!log_) return reply;
  Json line = record.line;
  line["status"] = reply.status;
  if (log_->append(dump(line))) return reply;
  return refusal({500, "the request log cannot be written", "server_error"});
}

HttpReply ChatService::route(const HttpRequest& request, Record& record) {
  if (request.target == "/v1/chat/completions") {
    return request.method == "POST" ? chat(request.body, record) : not_allowed("POST");
  }
  if (request.target != "/health" && request.target != "/v1/models") {
    return refusal(
        {404, "no such path; there are /health, /v1/models and /v1/chat/completions", "not_found_error"});
  }
  if (request.method != "GET") return not_allowed("GET");
  if (request.target == "/v1/models") return models();
  HttpReply reply;
  reply.body = R"({"status":"ok"})";
  return reply;
}

HttpReply ChatService::models() const {
  const Json entry = {{"id", model_}, {"object", "model"}, {"created", 0}, {"owned_by", "viltree"}};
  HttpReply reply;
  reply.body = dump({{"object", "list"}, {"data", Json::array({entry})}});
  return reply;
}

HttpReply ChatService::chat(std::string_view body, Record& record) {
  const auto request = parse_chat_request(body);
  if (!request) return refusal(request.error());
  if (request->model != model_) {
    return refusal({404, "the model `" + request->model + "` is not served; there is `" + model_ + '`',
                    "not_found_error"});
  }
  const auto fault = faults_.draw(record.n);
  HttpReply reply;
  if (log_) {
    Json images = Json::array();
    for (const std::string& image : request->images) images.push_back(core::sha256_hex(image));
    record.line["seed"] = request->seed ? Json(*request->seed) : Json(nullptr);
    record.line["n_siblings"] = request->n;
    record.line["prefix_hash"] = core::hex64(core::hash64(request->prefix));
    record.line["prefix_bytes"] = request->prefix.size();
    record.line["question_hash"] = core::hex64(core::hash64(request->question));
    record.line["images"] = std::move(images);
    record.line["completion_tokens"] = 0;
    if (fault) record.line["fault"] = fault->name;
  }
  if (!fault || fault->kind != FaultKind::kStatus) reply = complete(*request, record);
  if (fault) strike(*fault, reply);
  return reply;
}

HttpReply ChatService::complete(const ChatRequest& request, Record& record) const {
  const std::vector<std::string_view> images(request.images.begin(), request.images.end());
  const Model model(images, request.question, 0);
  const Sampler sampler(model, request.prefix, request.sampling);
  DrawOptions draw = request.draw;
  const std::uint64_t seed = request.seed.value_or(core::mix64(seed_, record.n));
  Json choices = Json::array();
  std::uint64_t tokens = 0;
  for (std::uint32_t i = 0; i < request.n; ++i) {
    draw.seed = seed + i;
    const Draw drawn = sampler.draw(draw);
    tokens += *drawn.completion.tokens;
    choices.push_back(render_choice(i, drawn, draw.token_logprobs));
  }
  const std::uint64_t prompt = request.text_tokens + images.size() * kImageTokens;
  record.line["completion_tokens"] = tokens;
  HttpReply reply;
  reply.body = dump({{"id", "chatcmpl-" + std::to_string(record.n)},
                     {"object", "chat.completion"},
                     {"created", static_cast<std::int64_t>(std::time(nullptr))},
                     {"model", model_},
                     {"choices", std::move(choices)},
                     {"usage",
                      {{"prompt_tokens", prompt},
                       {"completion_tokens", tokens},
                       {"total_tokens", prompt + tokens},
                       {"prompt_tokens_details", nullptr}}}});
  return reply;
}

}  // namespace viltree::simulated
