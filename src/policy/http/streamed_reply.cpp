#include "streamed_reply.hpp"

#include "choice.hpp"

#include <viltree/core/limits.hpp>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

/// The delta of a chat's piece, or the message that some servers bring instead; null in raw completions.
const json::Value* said_of(const json::Value& choice) {
  const json::Value* delta = json::find_not_null(choice, "delta");
  return delta != nullptr ? delta : json::find_not_null(choice, "message");
}

/// What the piece adds to the text before it. A message has all so far: none where it begins with another
/// text, nor where there is something that is no text.
std::optional<std::string> added_text(const json::Value& choice, std::string_view before) {
  const json::Value* said = said_of(choice);
  auto text = text_of_content(said != nullptr ? json::find(*said, "content") : json::find(choice, "text"));
  const bool has_all = said != nullptr && json::find_not_null(choice, "delta") == nullptr;
  if (!text || text->empty() || !has_all) return text;
  if (!text->starts_with(before)) return std::nullopt;
  return text->substr(before.size());
}

}  // namespace

StreamedReply::StreamedReply(std::uint32_t asked, bool expects_usage, Thinking thinking)
    : asked_(asked),
      expects_usage_(expects_usage),
      thinking_(thinking),
      events_([this](std::string_view data) { on_data(data); }) {}

void StreamedReply::spoil(ReplyDefect defect) {
  if (!defect_) defect_ = std::move(defect);
}

void StreamedReply::read(std::string_view bytes) {
  if (!defect_) events_.read(bytes);
  if (events_.pending() > core::limits::kCompletionBytes)
    spoil({ReplyDefect::Kind::kGarbage, "an event beyond the size limit"});
}

/// Keep-alives should be comments, which no event has, and come as data all the same: nothing, ": keepalive",
/// "ping". What was part of a text has quotation marks or brackets.
bool StreamedReply::is_keep_alive(std::string_view data) {
  constexpr std::size_t kMostBytes = 64;
  return data.size() <= kMostBytes && data.find_first_of("{}[]<>\"") == std::string_view::npos;
}

void StreamedReply::on_data(std::string_view data) {
  if (defect_ || done_) return;
  if (data == "[DONE]") {
    done_ = true;
    return;
  }
  if (is_keep_alive(data)) return;
  const auto event = json::parse(data);
  if (!event || event->is_array())
    return spoil({ReplyDefect::Kind::kGarbage, "an event is no JSON object, or no UTF-8"});
  const json::Value* choices = json::find_not_null(*event, "choices");
  if (auto error = server_error_of(*event, data)) return spoil(*std::move(error));
  const auto usage = usage_of(*event);
  if (usage.prompt_tokens || usage.completion_tokens) usage_ = usage;
  if (choices == nullptr || !choices->is_array()) return;
  for (const json::Value& choice : *choices) on_choice(choice);
}

void StreamedReply::on_choice(const json::Value& choice) {
  if (asked_ > 1 && !json::find_count(choice, "index"))
    return spoil({ReplyDefect::Kind::kGarbage, "a piece that does not say of which choice it is"});
  const std::uint32_t index = index_of(choice, 0);
  if (index >= asked_) {
    unasked_.insert(index);
    return;
  }
  Growing& growing = choices_[index];
  if (const auto tokens = token_ids_of(choice); tokens && !growing.ended)
    growing.completion.tokens = growing.completion.tokens.value_or(0) + *tokens;
  if (const json::Value* said = said_of(choice)) {
    const std::string more = thoughts_of(*said);
    if (thinking_ == Thinking::kText && !more.empty()) return spoil(split_reasoning());
    if (more.size() <= core::limits::kCompletionBytes - growing.thoughts.size()) growing.thoughts += more;
    if (has_withheld(*said)) growing.withheld = true;
  }
  if (const auto more = added_text(choice, growing.completion.text)) {
    add_text(growing, *more, choice);
  } else {
    growing.lose("a choice whose content is no text, or another than before");
  }
  if (tells_end(choice)) end(growing, choice);
}

void StreamedReply::add_text(Growing& growing, const std::string& more, const json::Value& choice) {
  std::string& text = growing.completion.text;
  if (growing.ended && !more.empty()) return growing.lose("a choice that goes on after its end");
  if (more.size() > core::limits::kCompletionBytes - text.size()) return growing.lose(too_long());
  text += more;
  if (!more.empty()) {
    if (growing.has_half_pair && more != growing.last_piece) growing.in_pairs = false;
    growing.has_half_pair = !growing.has_half_pair;
    growing.last_piece = more;
  }
  if (growing.scores.read(choice)) {
    growing.has_logprobs = true;
  } else if (!more.empty()) {
    growing.lacks_logprobs = true;
  }
}

/// Some servers tell the end twice. Others bring a choice twice, and then all of it.
void StreamedReply::end(Growing& growing, const json::Value& choice) {
  const auto finish = finish_reason_of(choice);
  if (!finish) growing.lose(unknown_ending(choice));
  if (growing.ended) {
    growing.ended_twice = true;
    if (finish && *finish != growing.completion.finish) growing.lose("a choice that ends in two ways");
    return;
  }
  growing.completion.finish = finish.value_or(domain::FinishReason::kStop);
  growing.ended = true;
  ++ended_;
}

/// What had ended before the stream broke off, or became garbage, is whole all the same.
ReplyResult StreamedReply::take() {
  if (defect_ && (defect_->kind == ReplyDefect::Kind::kSplitReasoning || !worth_keeping()))
    return tl::unexpected(*defect_);
  const bool whole = done_ || (ended_ == asked_ && has_all_counts());
  if (!whole && !worth_keeping()) return garbage_reply("the stream broke off");
  ParsedReply reply;
  reply.usage = usage_;
  reply.unasked = unasked_.size();
  for (auto& [index, growing] : choices_) {
    if (!growing.ended && whole) growing.lose("a choice without a finish_reason");
    const bool is_double = growing.ended_twice && growing.in_pairs && !growing.has_half_pair;
    if (is_double && !growing.completion.text.empty()) growing.lose("a choice that comes twice");
    if (growing.ended_twice && choices_.size() < asked_) growing.lose("choices of the same index");
    if (growing.lost) {
      reply.lost.push_back({index, *growing.lost});
      continue;
    }
    if (!growing.ended) continue;
    if (growing.withheld) growing.completion.finish = domain::FinishReason::kFilter;
    if (growing.has_logprobs && !growing.lacks_logprobs)
      growing.completion.logprob = static_cast<float>(growing.scores.sum());
    reply.choices.push_back(
        {index, std::move(growing.completion), std::move(growing.scores), std::move(growing.thoughts)});
  }
  return complete_reply(std::move(reply), asked_);
}

}  // namespace viltree::http
