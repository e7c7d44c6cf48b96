#include "chat_answer.hpp"

#include "json.hpp"

#include <viltree/core/limits.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace viltree::http {

namespace {

using nlohmann::json;
using Kind = AnswerDefect::Kind;

template <class T>
using Parsed = tl::expected<T, AnswerDefect>;

tl::unexpected<AnswerDefect> defect(Kind kind, std::string what) {
  return tl::unexpected<AnswerDefect>(AnswerDefect{kind, std::move(what)});
}

tl::unexpected<AnswerDefect> garbage(std::string what) {
  return defect(Kind::kGarbage, std::move(what));
}

std::optional<domain::FinishReason> finish_reason(const json& choice) {
  const auto text = find_string(choice, "finish_reason");
  if (text == "stop" || text == "eos" || text == "eos_token") return domain::FinishReason::kStop;
  if (text == "length") return domain::FinishReason::kLength;
  if (text == "content_filter") return domain::FinishReason::kFilter;
  return std::nullopt;
}

std::optional<std::uint32_t> small_count(std::optional<std::uint64_t> count) {
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*count);
}

/// The sum over the tokens, where the server gives every one of them.
std::optional<float> logprob(const json& choice) {
  const auto* logprobs = find(choice, "logprobs");
  const auto* tokens = logprobs == nullptr ? nullptr : find(*logprobs, "content");
  if (tokens == nullptr || !tokens->is_array()) return std::nullopt;
  double sum = 0;
  for (const json& token : *tokens) {
    const auto* value = find(token, "logprob");
    if (value == nullptr || !value->is_number()) return std::nullopt;
    sum += value->get<double>();
  }
  return std::isfinite(sum) ? std::optional(static_cast<float>(sum)) : std::nullopt;
}

bool has_reasoning(const json& message) {
  for (const char* name : {"reasoning_content", "reasoning"}) {
    const auto text = find_string(message, name);
    if (text && !text->empty()) return true;
  }
  return false;
}

Parsed<domain::Completion> parse_choice(const json& choice) {
  const auto* message = find(choice, "message");
  if (message == nullptr) return garbage("a choice without a message");
  if (has_reasoning(*message)) {
    return defect(
        Kind::kSplitReasoning,
        "the server takes the model's reasoning out of the text, so that its prefixes are not what the "
        "model saw: start it without a reasoning parser, or switch thinking off");
  }
  const auto finish = finish_reason(choice);
  if (!finish) return garbage("a choice whose finish_reason is none of stop, length, content_filter");
  domain::Completion completion;
  completion.finish = *finish;
  const auto* content = find(*message, "content");
  if (content != nullptr && content->is_string()) {
    completion.text = content->get<std::string>();
  } else if (*finish != domain::FinishReason::kFilter) {
    return garbage("a choice without content");
  }
  if (completion.text.size() > core::limits::kCompletionBytes) return garbage("a text beyond the size limit");
  completion.tokens = small_count(find_count(choice, "token_count"));
  completion.logprob = logprob(choice);
  return completion;
}

/// By index; by place where no choice has one.
Parsed<std::map<std::uint64_t, domain::Completion>> parse_choices(const json& choices) {
  std::map<std::uint64_t, domain::Completion> sorted;
  for (const json& choice : choices) {
    auto completion = parse_choice(choice);
    if (!completion) return tl::unexpected<AnswerDefect>(completion.error());
    const auto* index = find(choice, "index");
    if (index != nullptr && !index->is_number_unsigned()) return garbage("a choice whose index is no number");
    const std::uint64_t place = index == nullptr ? sorted.size() : index->get<std::uint64_t>();
    if (!sorted.emplace(place, std::move(*completion)).second)
      return garbage("two choices of the same index");
  }
  return sorted;
}

domain::Usage parse_usage(const json& answer) {
  domain::Usage usage;
  const auto* object = find(answer, "usage");
  if (object == nullptr) return usage;
  usage.prompt_tokens = find_count(*object, "prompt_tokens");
  usage.completion_tokens = find_count(*object, "completion_tokens");
  if (const auto* details = find(*object, "prompt_tokens_details")) {
    usage.cached_tokens = find_count(*details, "cached_tokens");
  }
  return usage;
}

}  // namespace

tl::expected<ChatAnswer, AnswerDefect> parse_chat_answer(const std::string& body, std::uint32_t asked) {
  const auto answer = parse_json(body);
  if (!answer) return garbage("it is no JSON, no UTF-8, or nested too deeply");
  const auto* choices = find(*answer, "choices");
  if (choices == nullptr || !choices->is_array()) return garbage("it has no choices");
  if (choices->empty()) return defect(Kind::kNoChoices, "the server returns no choices");
  auto sorted = parse_choices(*choices);
  if (!sorted) return tl::unexpected<AnswerDefect>(sorted.error());

  ChatAnswer result;
  result.usage = parse_usage(*answer);
  for (auto& [index, completion] : *sorted) {
    if (result.completions.size() < asked) result.completions.push_back(std::move(completion));
  }
  if (sorted->size() == 1 && result.usage.completion_tokens) {
    result.completions.front().tokens = small_count(result.usage.completion_tokens);
  }
  return result;
}

tl::expected<ChatAnswer, AnswerDefect> without_prefix(ChatAnswer answer, std::string_view prefix) {
  for (domain::Completion& completion : answer.completions) {
    if (completion.finish == domain::FinishReason::kFilter && completion.text.empty()) continue;
    if (!completion.text.starts_with(prefix)) {
      return tl::unexpected(AnswerDefect{
          AnswerDefect::Kind::kOtherPrefix,
          "the answer does not begin with the prefix that it should go on from, so that its text cannot be "
          "told from the prefix; choose the endpoint's dialect by hand, or update the server"});
    }
    completion.text.erase(0, prefix.size());
  }
  return answer;
}

}  // namespace viltree::http
