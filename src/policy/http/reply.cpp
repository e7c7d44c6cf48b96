#include "reply.hpp"

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

/// A chat's choice has a message, a raw one a text.
tl::expected<const json::Value*, ReplyDefect> content_of(const json::Value& choice) {
  if (const auto* message = json::find(choice, "message")) {
    if (has_reasoning(*message)) return tl::unexpected(split_reasoning());
    return json::find(*message, "content");
  }
  const auto* text = json::find(choice, "text");
  if (text == nullptr) return garbage_reply("a choice without a message or a text");
  return text;
}

tl::expected<Choice, ReplyDefect> parse_choice(const json::Value& choice, std::uint32_t place) {
  const auto content = content_of(choice);
  if (!content) return tl::unexpected(content.error());
  const auto finish = finish_reason_of(choice);
  if (!finish) return garbage_reply("a choice whose finish_reason is none of stop, length, content_filter");
  const auto index = index_of(choice, place);
  if (!index) return garbage_reply("a choice whose index is no number");
  Choice parsed;
  parsed.index = *index;
  domain::Completion& completion = parsed.completion;
  completion.finish = *finish;
  if (*content != nullptr && (*content)->is_string()) {
    completion.text = (*content)->get<std::string>();
  } else if (*finish != domain::FinishReason::kFilter) {
    return garbage_reply("a choice without content");
  }
  if (completion.text.size() > core::limits::kCompletionBytes)
    return garbage_reply("a text of more than " + std::to_string(core::limits::kCompletionBytes) + " bytes");
  completion.tokens = token_ids_of(choice);
  if (parsed.scores.read(choice)) completion.logprob = static_cast<float>(parsed.scores.sum());
  return parsed;
}

}  // namespace

tl::unexpected<ReplyDefect> garbage_reply(std::string what) {
  return tl::unexpected(ReplyDefect{Kind::kGarbage, std::move(what)});
}

ReplyDefect split_reasoning() {
  return {Kind::kSplitReasoning,
          "the server takes the model's reasoning out of the text, so that its prefixes are not what the "
          "model saw: start it without a reasoning parser, or switch thinking off"};
}

std::optional<domain::FinishReason> finish_reason_of(const json::Value& choice) {
  const auto text = json::find_string(choice, "finish_reason");
  if (text == "stop" || text == "eos" || text == "eos_token" || text == "stop_sequence")
    return domain::FinishReason::kStop;
  if (text == "length") return domain::FinishReason::kLength;
  if (text == "content_filter") return domain::FinishReason::kFilter;
  return std::nullopt;
}

std::optional<std::uint32_t> index_of(const json::Value& choice, std::uint32_t otherwise) {
  const auto* index = json::find(choice, "index");
  if (index == nullptr) return otherwise;
  if (!index->is_number_unsigned()) return std::nullopt;
  return small_count(index->get<std::uint64_t>());
}

std::optional<std::uint32_t> token_ids_of(const json::Value& choice) {
  const auto* ids = json::find(choice, "token_ids");
  if (ids == nullptr || !ids->is_array()) return std::nullopt;
  return small_count(ids->size());
}

bool has_reasoning(const json::Value& message) {
  for (const char* name : {"reasoning_content", "reasoning"}) {
    const auto* text = json::find(message, name);
    if (text != nullptr && text->is_string() && !text->get_ref<const std::string&>().empty()) return true;
  }
  return false;
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
  if (asked == 1 && choices.size() == 1 && reply.usage.completion_tokens) {
    choices.front().completion.tokens = small_count(reply.usage.completion_tokens);
  }
  std::sort(choices.begin(), choices.end(),
            [](const Choice& a, const Choice& b) { return a.index < b.index; });
  const auto same = [](const Choice& a, const Choice& b) { return a.index == b.index; };
  if (std::adjacent_find(choices.begin(), choices.end(), same) != choices.end())
    return garbage_reply("two choices of the same index");
  std::erase_if(choices, [&](const Choice& choice) { return choice.index >= asked; });
  if (choices.empty()) return garbage_reply("it has no choices");
  return reply;
}

ReplyResult parse_reply(const std::string& body, std::uint32_t asked) {
  const auto parsed = json::parse(body);
  if (!parsed) return garbage_reply("it is no JSON, no UTF-8, or nested too deeply");
  const auto* choices = json::find(*parsed, "choices");
  if (choices == nullptr || !choices->is_array()) return garbage_reply("it has no choices");
  ParsedReply reply;
  for (const json::Value& choice : *choices) {
    auto one = parse_choice(choice, static_cast<std::uint32_t>(reply.choices.size()));
    if (!one) return tl::unexpected(one.error());
    reply.choices.push_back(std::move(*one));
  }
  reply.usage = usage_of(*parsed);
  return complete_reply(std::move(reply), asked);
}

ReplyResult without_prefix(ParsedReply reply, std::string_view prefix) {
  for (Choice& choice : reply.choices) {
    domain::Completion& completion = choice.completion;
    if (completion.finish == domain::FinishReason::kFilter && completion.text.empty()) continue;
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
