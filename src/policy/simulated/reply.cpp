#include "reply.hpp"

#include "dialect.hpp"
#include "prompt_tokens.hpp"

#include <algorithm>
#include <cctype>

namespace viltree::simulated {

namespace {

OrderedJson chat_logprobs(const std::vector<TokenLogprob>& tokens, std::size_t from, std::size_t to) {
  OrderedJson content = OrderedJson::array();
  for (std::size_t i = from; i < to; ++i) {
    OrderedJson bytes = OrderedJson::array();
    for (const char byte : tokens[i].token) bytes.push_back(static_cast<unsigned char>(byte));
    content.push_back({{"token", tokens[i].token},
                       {"logprob", tokens[i].logprob},
                       {"bytes", std::move(bytes)},
                       {"top_logprobs", OrderedJson::array()}});
  }
  return {{"content", std::move(content)}};
}

OrderedJson raw_logprobs(const std::vector<TokenLogprob>& tokens, std::size_t from, std::size_t to) {
  OrderedJson texts = OrderedJson::array();
  OrderedJson values = OrderedJson::array();
  OrderedJson offsets = OrderedJson::array();
  std::size_t offset = 0;
  for (std::size_t i = 0; i < to; ++i) {
    if (i >= from) {
      texts.push_back(tokens[i].token);
      values.push_back(tokens[i].logprob);
      offsets.push_back(offset);
    }
    offset += tokens[i].token.size();
  }
  return {{"tokens", std::move(texts)},
          {"token_logprobs", std::move(values)},
          {"top_logprobs", nullptr},
          {"text_offset", std::move(offsets)}};
}

OrderedJson render_content(const Reply& reply, const Choice& choice, const Dialect& dialect) {
  if (choice.content_null) return nullptr;
  const std::string text =
      (dialect.repeats_prefix && reply.chat ? reply.prefix : std::string()) + choice.text;
  if (!reply.form.parts || !reply.chat) return text;
  OrderedJson parts = OrderedJson::array();
  for (const std::string& part : {text.substr(0, 0), text})
    parts.push_back({{"type", "text"}, {"text", part}});
  return parts;
}

OrderedJson render_choice(const Reply& reply, const Choice& choice, const Dialect& dialect) {
  OrderedJson json = {{"index", reply.form.same_index ? 0 : choice.index}};
  OrderedJson content = render_content(reply, choice, dialect);
  if (reply.chat) {
    json["message"] = {{"role", "assistant"}, {"content", std::move(content)}};
    if (!choice.thoughts.empty()) json["message"]["reasoning_content"] = choice.thoughts;
    json["message"].update(choice.beside);
  } else {
    json["text"] = std::move(content);
  }
  json["logprobs"] = render_logprobs(reply, choice, 0, choice.logprobs.size());
  json["finish_reason"] = render_finish(reply, choice);
  if (dialect.adorn_choice != nullptr) dialect.adorn_choice(json, choice);
  if (reply.token_ids) {
    OrderedJson ids = OrderedJson::array();
    append_tokens(choice.text + choice.stopped_by, ids);
    json["token_ids"] = std::move(ids);
  }
  return json;
}

}  // namespace

std::string dump(const OrderedJson& json) {
  std::string text = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find(kBrokenTextMark, at)) != std::string::npos;) {
    text.replace(at, kBrokenTextMark.size(), "\xFF\xC3");
  }
  return text;
}

OrderedJson render_logprobs(const Reply& reply, const Choice& choice, std::size_t from, std::size_t to) {
  if (!reply.logprobs) return nullptr;
  to = std::min(to, choice.logprobs.size());
  from = std::min(from, to);
  return reply.chat ? chat_logprobs(choice.logprobs, from, to) : raw_logprobs(choice.logprobs, from, to);
}

OrderedJson render_finish(const Reply& reply, const Choice& choice) {
  if (!choice.finish) return nullptr;
  std::string word =
      choice.finish_word.empty() ? std::string(domain::name(*choice.finish)) : choice.finish_word;
  if (reply.form.capitals)
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
  return word;
}

OrderedJson render_head(const Reply& reply, const Dialect& dialect, bool chunk) {
  OrderedJson head;
  head["id"] = (reply.chat ? "chatcmpl-" : "cmpl-") + std::to_string(reply.number);
  head["object"] = !reply.chat ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion";
  head["created"] = reply.created;
  head["model"] = reply.model;
  if (!dialect.fingerprint.empty()) head["system_fingerprint"] = dialect.fingerprint;
  return head;
}

OrderedJson render_usage(const Reply& reply, const Dialect& dialect) {
  const std::uint64_t tokens = dialect.counts_first_choice || reply.form.usage_of_one
                                   ? reply.first_choice_tokens
                                   : reply.completion_tokens;
  OrderedJson usage = {{"prompt_tokens", reply.prompt_tokens},
                       {"completion_tokens", tokens},
                       {"total_tokens", reply.prompt_tokens + tokens}};
  if (dialect.reports_cached) {
    usage["prompt_tokens_details"] =
        reply.cached_tokens ? OrderedJson{{"cached_tokens", *reply.cached_tokens}} : OrderedJson(nullptr);
  }
  if (dialect.adorn_usage != nullptr) dialect.adorn_usage(usage);
  if (reply.reasoning_tokens > 0)
    usage["completion_tokens_details"]["reasoning_tokens"] = reply.reasoning_tokens;
  return usage;
}

std::string render(const Reply& reply, const Dialect& dialect) {
  OrderedJson choices = OrderedJson::array();
  for (const Choice& choice : reply.choices) choices.push_back(render_choice(reply, choice, dialect));
  OrderedJson body = render_head(reply, dialect, false);
  body["choices"] = std::move(choices);
  body["usage"] = render_usage(reply, dialect);
  return dump(body);
}

}  // namespace viltree::simulated
