#include "streamed_reply.hpp"

#include <viltree/core/limits.hpp>

#include <limits>

#include <nlohmann/json.hpp>

namespace viltree::http {

StreamedReply::StreamedReply(std::uint32_t asked)
    : asked_(asked), events_([this](std::string_view data) { on_data(data); }) {}

void StreamedReply::spoil(ReplyDefect defect) {
  if (!defect_) defect_ = std::move(defect);
}

void StreamedReply::read(std::string_view bytes) {
  if (!defect_) events_.read(bytes);
  if (events_.pending() > core::limits::kCompletionBytes)
    spoil({ReplyDefect::Kind::kGarbage, "an event beyond the size limit"});
}

void StreamedReply::on_data(std::string_view data) {
  if (defect_ || done_) return;
  if (data == "[DONE]") {
    done_ = true;
    return;
  }
  const auto event = json::parse(data);
  if (!event) return spoil({ReplyDefect::Kind::kGarbage, "an event is no JSON, or no UTF-8"});
  if (const auto* error = json::find(*event, "error"); error != nullptr && !error->is_null()) {
    server_error_ = std::string(data);
    return spoil({ReplyDefect::Kind::kGarbage, "the server broke it off with an error"});
  }
  const auto usage = usage_of(*event);
  if (usage.prompt_tokens || usage.completion_tokens) usage_ = usage;
  const auto* choices = json::find(*event, "choices");
  if (choices == nullptr || !choices->is_array()) return;
  for (const json::Value& choice : *choices) on_choice(choice);
}

void StreamedReply::on_choice(const json::Value& choice) {
  const auto index = index_of(choice, 0);
  if (!index || *index >= asked_)
    return spoil({ReplyDefect::Kind::kGarbage, "a choice that was not asked for"});
  Growing& growing = choices_[*index];
  if (const auto tokens = token_ids_of(choice))
    growing.completion.tokens = growing.completion.tokens.value_or(0) + *tokens;
  const auto* delta = json::find(choice, "delta");
  if (delta != nullptr && has_reasoning(*delta)) return spoil(split_reasoning());
  const auto* text = delta != nullptr ? json::find(*delta, "content") : json::find(choice, "text");
  if (text != nullptr && text->is_string()) {
    const auto& more = text->get_ref<const std::string&>();
    if (growing.ended && !more.empty())
      return spoil({ReplyDefect::Kind::kGarbage, "a choice that goes on after its end"});
    if (more.size() > core::limits::kCompletionBytes - growing.completion.text.size())
      return spoil({ReplyDefect::Kind::kGarbage,
                    "a text of more than " + std::to_string(core::limits::kCompletionBytes) + " bytes"});
    growing.completion.text += more;
    if (growing.scores.read(choice)) {
      growing.has_logprobs = true;
    } else if (!more.empty()) {
      growing.lacks_logprobs = true;
    }
  }
  const auto* reason = json::find(choice, "finish_reason");
  if (reason == nullptr || reason->is_null()) return;
  const auto finish = finish_reason_of(choice);
  if (!finish || growing.ended)
    return spoil(
        {ReplyDefect::Kind::kGarbage,
         "a choice that ends twice, or whose finish_reason is none of stop, length, content_filter"});
  growing.completion.finish = *finish;
  growing.ended = true;
  ++ended_;
}

ReplyResult StreamedReply::take() {
  if (defect_) return tl::unexpected(*defect_);
  if (!done_) return garbage_reply("the stream broke off");
  ParsedReply reply;
  reply.usage = usage_;
  for (auto& [index, growing] : choices_) {
    if (!growing.ended) return garbage_reply("a choice without a finish_reason");
    if (growing.has_logprobs && !growing.lacks_logprobs)
      growing.completion.logprob = static_cast<float>(growing.scores.sum());
    reply.choices.push_back({index, std::move(growing.completion), std::move(growing.scores)});
  }
  return complete_reply(std::move(reply), asked_);
}

}  // namespace viltree::http
