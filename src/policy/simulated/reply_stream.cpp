#include "reply_stream.hpp"

#include "dialect.hpp"
#include "prompt_tokens.hpp"
#include "tokens.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace viltree::simulated {

namespace {

/// Of what is not empty.
std::vector<std::string> halves(const std::string& text) {
  if (text.empty()) return {};
  return {text.substr(0, text.size() / 2), text.substr(text.size() / 2)};
}

std::string as_event(const OrderedJson& json) {
  return "data: " + dump(json) + "\n\n";
}

}  // namespace

ReplyStream::ReplyStream(const Reply& reply, const Dialect& dialect)
    : reply_(reply), dialect_(dialect), states_(reply.choices.size()) {}

OrderedJson ReplyStream::delta(const std::string& text, bool first) const {
  if (!reply_.chat) return text;
  OrderedJson json = OrderedJson::object();
  if (first || dialect_.role_in_every_delta) json["role"] = "assistant";
  json["content"] = text;
  if (first && dialect_.first_content_null) json["content"] = nullptr;
  return json;
}

std::string ReplyStream::event(const Choice& choice, OrderedJson content, const std::string& text,
                               const OrderedJson& finish, std::pair<std::size_t, std::size_t> tokens) const {
  OrderedJson json = {{"index", choice.index}};
  json[reply_.chat ? "delta" : "text"] = std::move(content);
  json["logprobs"] = tokens.first == tokens.second
                         ? OrderedJson(nullptr)
                         : render_logprobs(reply_, choice, tokens.first, tokens.second);
  json["finish_reason"] = finish;
  if (!finish.is_null() && dialect_.adorn_choice != nullptr) dialect_.adorn_choice(json, choice);
  if (reply_.token_ids) {
    OrderedJson ids = OrderedJson::array();
    append_tokens(finish.is_null() ? text : choice.stopped_by, ids);
    json["token_ids"] = std::move(ids);
  }
  OrderedJson chunk = render_head(reply_, dialect_, true);
  chunk["choices"] = OrderedJson::array({std::move(json)});
  if (reply_.stream_usage && dialect_.null_usage_in_chunks) chunk["usage"] = nullptr;
  return as_event(chunk);
}

void ReplyStream::advance_choice(const Choice& choice, State& state, std::uint32_t decoded,
                                 std::vector<std::string>& events) const {
  if (state.ended || decoded == 0) return;
  if (!std::exchange(state.begun, true) && reply_.chat && !dialect_.role_in_every_delta) {
    events.push_back(event(choice, delta("", true), "", nullptr, {0, 0}));
  }
  if (!std::exchange(state.thought, true)) {
    for (const std::string& part : halves(choice.thoughts))
      events.push_back(event(choice, {{"reasoning_content", part}}, "", nullptr, {0, 0}));
  }
  const std::uint32_t before = state.tokens;
  std::string text;
  const bool last = decoded >= choice.tokens;
  for (; (last || state.tokens < decoded) && state.bytes < choice.text.size(); ++state.tokens) {
    const std::size_t size = first_token(std::string_view(choice.text).substr(state.bytes));
    text += choice.text.substr(state.bytes, size);
    state.bytes += size;
  }
  if (!text.empty())
    events.push_back(event(choice, delta(text, false), text, nullptr, {before, state.tokens}));
  if (!last) return;
  state.ended = true;
  if (!choice.finish || (reply_.form.one_end && choice.index > 0)) return;
  OrderedJson rest = reply_.chat && dialect_.last_delta_empty ? OrderedJson::object() : delta("", false);
  if (reply_.chat) rest.update(choice.beside);
  events.push_back(event(choice, std::move(rest), "", render_finish(reply_, choice), {0, 0}));
  if (reply_.form.finish_twice)
    events.push_back(event(choice, delta("", false), "", render_finish(reply_, choice), {0, 0}));
}

/// Every form that servers have for it, by turns.
std::string ReplyStream::keep_alive() {
  constexpr std::array<const char*, 6> kForms = {
      ": keep-alive\n\n", "data: : keep-alive\n\n",
      "data: \n\n",       "event: ping\ndata: {\"type\": \"ping\"}\n\n",
      "data: ping\n\n",   "data: {\"choices\":[]}\n\n"};
  return kForms[keep_alives_++ % kForms.size()];
}

std::vector<std::string> ReplyStream::advance(const std::vector<std::uint32_t>& decoded) {
  std::vector<std::string> events;
  for (std::size_t i = 0; i < states_.size() && i < decoded.size(); ++i) {
    // A choice without tokens has its beginning and its end when others have their first token.
    const std::uint32_t tokens = reply_.choices[i].tokens == 0 ? 1 : decoded[i];
    advance_choice(reply_.choices[i], states_[i], tokens, events);
  }
  if (reply_.form.keep_alives) {
    for (std::string& one : events) one.insert(0, keep_alive());
  }
  return events;
}

std::vector<std::string> ReplyStream::close() const {
  std::vector<std::string> events;
  if (reply_.stream_usage) {
    OrderedJson chunk = render_head(reply_, dialect_, true);
    chunk["choices"] = OrderedJson::array();
    chunk["usage"] = render_usage(reply_, dialect_);
    events.push_back(as_event(chunk));
  }
  if (!reply_.form.no_done) events.emplace_back("data: [DONE]\n\n");
  return events;
}

std::vector<std::string> ReplyStream::whole(const Reply& reply, const Dialect& dialect) {
  ReplyStream stream(reply, dialect);
  std::uint32_t longest = 1;
  for (const Choice& choice : reply.choices) longest = std::max(longest, choice.tokens);
  std::vector<std::string> events;
  for (std::uint32_t round = 1; round <= longest; ++round) {
    std::vector<std::uint32_t> decoded;
    for (const Choice& choice : reply.choices) decoded.push_back(std::min(round, choice.tokens));
    auto some = stream.advance(decoded);
    std::move(some.begin(), some.end(), std::back_inserter(events));
  }
  auto end = stream.close();
  std::move(end.begin(), end.end(), std::back_inserter(events));
  return events;
}

}  // namespace viltree::simulated
