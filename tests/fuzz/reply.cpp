#include "reply.hpp"

#include "context_limit.hpp"
#include "failure.hpp"
#include "fuzz.hpp"
#include "model_list.hpp"
#include "restatement.hpp"
#include "thinking.hpp"

#include <string>

// The body of a server's reply to a request for completions, of any dialect: the choices that are taken are
// those that were asked for, each once, in order, and so are the lost ones.

namespace {

using namespace viltree;

/// Thoughts and restatements are taken off: each choice is kept or rejected, and its decisions stay within
/// it.
void mend_all(http::ParsedReply reply, const std::string& prefix, bool opened) {
  http::ParsedReply within = reply;
  const auto lost = http::drop_thoughts_within(within);
  fuzz::promise(within.choices.size() + lost.size() == reply.choices.size(), "each goes on or is lost");
  const std::size_t told = reply.choices.size();
  http::drop_thoughts(reply, opened);
  fuzz::promise(reply.choices.size() == told, "thoughts are dropped, and no choice");
  if (prefix.empty()) return;
  const auto restated = http::take_restatements_off(reply, prefix);
  fuzz::promise(reply.choices.size() + restated.rejected.size() == told, "each is kept or rejected");
  for (const http::Choice& choice : reply.choices) {
    if (!choice.completion.decisions) continue;
    for (const auto& decision : *choice.completion.decisions)
      fuzz::promise(decision.offset <= choice.completion.text.size(), "decisions lie within what is left");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::uint32_t asked = 1U + fuzz::take_byte(input) % 4;
  if (const auto limit = http::context_limit_of(input, asked))
    fuzz::promise(limit->room() <= limit->window, "no more room than the window has");
  auto reply = http::parse_reply(std::string(input), asked);
  if (!reply) return 0;
  const std::size_t told = reply->choices.size() + reply->lost.size();
  fuzz::promise(told > 0 && told <= asked, "as many choices as asked for");
  for (std::size_t i = 0; i < reply->lost.size(); ++i) {
    const std::uint32_t index = reply->lost[i].index;
    fuzz::promise(index < asked, "nothing is lost that nobody asked for");
    fuzz::promise(i == 0 || index > reply->lost[i - 1].index, "each is lost once, in order");
    for (const http::Choice& choice : reply->choices)
      fuzz::promise(choice.index != index, "what is lost is not there");
  }
  for (std::size_t i = 0; i < reply->choices.size(); ++i) {
    const http::Choice& choice = reply->choices[i];
    fuzz::promise(choice.index < asked, "no choice that nobody asked for");
    fuzz::promise(i == 0 || choice.index > reply->choices[i - 1].index, "each once, in order");
  }
  if (reply->choices.empty()) return 0;
  const std::string prefix = reply->choices.front().completion.text.substr(0, 3);
  auto rest = http::without_prefix(*reply, prefix);
  if (rest) reply = std::move(rest);
  http::cut_at_stop(*reply, {"\n\n", "Step"});
  for (const http::Choice& choice : reply->choices)
    fuzz::promise(choice.completion.text.find("\n\n") == std::string::npos, "nothing behind a stop string");
  http::note_decisions(*reply);
  for (const http::Choice& choice : reply->choices) {
    if (!choice.completion.decisions) continue;
    for (const auto& decision : *choice.completion.decisions)
      fuzz::promise(decision.offset <= choice.completion.text.size(), "decisions lie within their text");
  }
  const std::string& text = reply->choices.front().completion.text;
  const std::string beginning = text.substr(0, text.size() / 2);
  mend_all(*std::move(reply), beginning, asked % 2 == 0);
  return 0;
}
