#include "reply.hpp"

#include "choice.hpp"

#include <viltree/core/limits.hpp>

#include <algorithm>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

using Kind = ReplyDefect::Kind;

std::optional<std::uint32_t> small_count(std::optional<std::uint64_t> count) {
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*count);
}

/// A count that the server reports; none beyond what any reply has, so that sums stay sums.
std::optional<std::uint64_t> reported(const json::Value& object, const char* name) {
  return small_count(json::find_count(object, name));
}

/// None where the reply as a whole is no use, such as one whose reasoning was taken out.
tl::expected<void, ReplyDefect> read_choice(const json::Value& choice, bool by_place, Thinking thinking,
                                            ParsedReply& reply) {
  const json::Value* message = json::find_not_null(choice, "message");
  if (message != nullptr && !message->is_object()) message = nullptr;
  Choice read;
  if (message != nullptr) read.thoughts = thoughts_of(*message);
  if (thinking == Thinking::kText && !read.thoughts.empty()) return tl::unexpected(split_reasoning());
  const auto place = static_cast<std::uint32_t>(reply.choices.size() + reply.lost.size());
  read.index = by_place ? place : index_of(choice, place);
  const auto lose = [&](std::string why) { reply.lost.push_back({read.index, std::move(why)}); };
  domain::Completion& completion = read.completion;
  if (message == nullptr && json::find(choice, "text") == nullptr) {
    lose("a choice without a message or a text");
    return {};
  }
  const auto finish = finish_reason_of(choice);
  auto text =
      text_of_content(message != nullptr ? json::find(*message, "content") : json::find(choice, "text"));
  if (!finish) {
    lose(unknown_ending(choice));
  } else if (!text) {
    lose("a choice whose content is no text");
  } else if (text->size() > core::limits::kCompletionBytes) {
    lose(too_long());
  } else {
    completion.finish =
        message != nullptr && has_withheld(*message) ? domain::FinishReason::kFilter : *finish;
    completion.text = *std::move(text);
    completion.tokens = token_ids_of(choice);
    if (read.scores.read(choice)) completion.logprob = static_cast<float>(read.scores.sum());
    reply.choices.push_back(std::move(read));
  }
  return {};
}

/// 400 to 599 where the error's code or status is such a number; else 0.
long status_in(const json::Value& error) {
  for (const char* name : {"code", "status", "status_code"}) {
    const json::Value* value = json::find(error, name);
    if (value == nullptr || !(value->is_number_unsigned() || value->is_string())) continue;
    const std::string text = *json::text_of(*value);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() == 3 && (text[0] == '4' || text[0] == '5') && is_digit(text[1]) && is_digit(text[2]))
      return std::stol(text);
  }
  return 0;
}

bool is_same(const Choice& a, const Choice& b) {
  return a.index == b.index && a.completion.text == b.completion.text &&
         a.completion.finish == b.completion.finish;
}

/// Some proxies give every choice the index 0: then their places tell them apart.
bool have_one_index(const json::Value& choices, std::uint32_t asked) {
  const auto is_first = [&](const json::Value& choice) {
    const auto index = json::find_count(choice, "index");
    return index && index == json::find_count(choices.front(), "index");
  };
  return asked > 1 && choices.size() == asked && std::all_of(choices.begin(), choices.end(), is_first);
}

/// Two different texts of one index: neither is known to be the sibling's.
void lose_doubtful(ParsedReply& reply) {
  auto& choices = reply.choices;
  for (auto at = choices.begin(); at != choices.end();) {
    const auto end =
        std::find_if(at, choices.end(), [&](const Choice& one) { return one.index != at->index; });
    if (end - at > 1) {
      reply.lost.push_back({at->index, "two choices of the same index"});
      at = choices.erase(at, end);
    } else {
      at = end;
    }
  }
}

}  // namespace

tl::unexpected<ReplyDefect> garbage_reply(std::string what) {
  return tl::unexpected(ReplyDefect{Kind::kGarbage, std::move(what)});
}

std::string too_long() {
  return "a text of more than " + std::to_string(core::limits::kCompletionBytes) + " bytes";
}

ReplyDefect split_reasoning() {
  return {Kind::kSplitReasoning,
          "the server takes the model's thoughts out of the text, so that its prefixes are not what the "
          "model saw: start it without a reasoning parser, switch thinking off (for many models by "
          "policy.extra: {chat_template_kwargs: {enable_thinking: false}}), or set policy.thinking to drop, "
          "by which thoughts are no part of a solution"};
}

std::optional<ReplyDefect> server_error_of(const json::Value& document, std::string_view text) {
  const json::Value* error = json::find_not_null(document, "error");
  if (error == nullptr || error->empty() || *error == "") return std::nullopt;
  const long status = status_in(*error);
  return ReplyDefect{Kind::kServerError, std::string(text), status != 0 ? status : status_in(document)};
}

domain::Usage usage_of(const json::Value& reply) {
  domain::Usage usage;
  const auto* object = json::find(reply, "usage");
  if (object == nullptr) return usage;
  usage.prompt_tokens = reported(*object, "prompt_tokens");
  usage.completion_tokens = reported(*object, "completion_tokens");
  const auto* prompt = json::find(*object, "prompt_tokens_details");
  const auto cached = prompt != nullptr ? reported(*prompt, "cached_tokens") : std::nullopt;
  if (cached && usage.prompt_tokens) usage.cached_tokens = std::min(*cached, *usage.prompt_tokens);
  if (const auto* details = json::find(*object, "completion_tokens_details")) {
    usage.reasoning_tokens = reported(*details, "reasoning_tokens");
  }
  return usage;
}

ReplyResult complete_reply(ParsedReply reply, std::uint32_t asked) {
  auto& choices = reply.choices;
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.index < b.index; });
  choices.erase(std::unique(choices.begin(), choices.end(), is_same), choices.end());
  lose_doubtful(reply);
  reply.unasked += std::erase_if(choices, [&](const Choice& choice) { return choice.index >= asked; });
  std::erase_if(reply.lost, [&](const LostChoice& lost) {
    return lost.index >= asked || std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
             return choice.index == lost.index;
           });
  });
  std::stable_sort(reply.lost.begin(), reply.lost.end(),
                   [](const auto& a, const auto& b) { return a.index < b.index; });
  reply.lost.erase(std::unique(reply.lost.begin(), reply.lost.end(),
                               [](const auto& a, const auto& b) { return a.index == b.index; }),
                   reply.lost.end());
  if (choices.empty() && reply.lost.empty()) return garbage_reply("it has no choices");
  if (asked == 1 && choices.size() == 1 && reply.unasked == 0 && reply.usage.completion_tokens)
    choices.front().completion.tokens = small_count(reply.usage.completion_tokens);
  return reply;
}

ReplyResult parse_reply(const std::string& body, std::uint32_t asked, Thinking thinking) {
  const auto document = json::parse(body);
  if (!document) return garbage_reply("it is no JSON, no UTF-8, or nested too deeply");
  const json::Value* choices = json::find_not_null(*document, "choices");
  if (choices == nullptr || choices->empty()) {
    if (auto error = server_error_of(*document, body)) return tl::unexpected(*std::move(error));
  }
  if (choices == nullptr || !choices->is_array()) return garbage_reply("it has no choices");
  ParsedReply reply;
  const bool by_place = have_one_index(*choices, asked);
  for (const json::Value& choice : *choices) {
    if (const auto read = read_choice(choice, by_place, thinking, reply); !read)
      return tl::unexpected(read.error());
  }
  reply.usage = usage_of(*document);
  return complete_reply(std::move(reply), asked);
}

ReplyResult without_prefix(ParsedReply reply, std::string_view prefix) {
  for (Choice& choice : reply.choices) {
    domain::Completion& completion = choice.completion;
    if (completion.text.empty()) continue;
    if (!completion.text.starts_with(prefix)) {
      return tl::unexpected(ReplyDefect{
          Kind::kOtherPrefix,
          "the answer does not begin with the prefix that it should go on from, so that its text cannot be "
          "told from the prefix; choose the endpoint's dialect by hand, or update the server"});
    }
    completion.text.erase(0, prefix.size());
  }
  return reply;
}

void cut_at_stop(ParsedReply& reply, const std::vector<std::string>& stop) {
  for (Choice& choice : reply.choices) {
    std::string& text = choice.completion.text;
    for (const std::string& mark : stop) {
      const std::size_t at = text.find(mark);
      if (at == std::string::npos) continue;
      text.resize(at);
      choice.completion.finish = domain::FinishReason::kStop;
    }
  }
}

void note_decisions(ParsedReply& reply) {
  for (Choice& choice : reply.choices) {
    domain::Completion& completion = choice.completion;
    if (completion.logprob) completion.decisions = choice.scores.decisions(completion.text);
    choice.scores = {};
  }
}

}  // namespace viltree::http
