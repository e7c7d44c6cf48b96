#include "reply.hpp"

#include "failure.hpp"
#include "fuzz.hpp"
#include "model_list.hpp"

#include <string>

// The body of a server's answer to a request for completions, of any dialect: the choices that are taken are
// those that were asked for, each once, in order.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  std::string_view input = fuzz::as_text(data, size);
  const std::uint32_t asked = 1U + fuzz::take_byte(input) % 4;
  auto answer = http::parse_reply(std::string(input), asked);
  if (!answer) return 0;
  fuzz::promise(!answer->choices.empty() && answer->choices.size() <= asked, "as many choices as asked for");
  for (std::size_t i = 0; i < answer->choices.size(); ++i) {
    const http::Choice& choice = answer->choices[i];
    fuzz::promise(choice.index < asked, "no choice that nobody asked for");
    fuzz::promise(i == 0 || choice.index > answer->choices[i - 1].index, "each once, in order");
  }
  const std::string prefix = answer->choices.front().completion.text.substr(0, 3);
  auto rest = http::without_prefix(*answer, prefix);
  if (rest) answer = std::move(rest);
  http::cut_at_stop(*answer, {"\n\n", "Step"});
  for (const http::Choice& choice : answer->choices)
    fuzz::promise(choice.completion.text.find("\n\n") == std::string::npos, "nothing behind a stop string");
  http::note_decisions(*answer);
  for (const http::Choice& choice : answer->choices) {
    if (!choice.completion.decisions) continue;
    for (const auto& decision : *choice.completion.decisions)
      fuzz::promise(decision.offset <= choice.completion.text.size(), "decisions lie within their text");
  }
  return 0;
}
