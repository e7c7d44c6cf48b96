#include "fuzz.hpp"
#include "streamed_reply.hpp"

#include <algorithm>
#include <string>

// A reply as server-sent events: how the bytes are cut into reads changes nothing, and no choice is taken
// before its end.

namespace {

using namespace viltree;

http::ReplyResult read(std::string_view bytes, std::uint32_t asked, std::size_t piece) {
  http::StreamedReply reply(asked);
  for (std::size_t at = 0; at < bytes.size(); at += piece) reply.read(bytes.substr(at, piece));
  return reply.take();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::uint32_t asked = 1U + fuzz::take_byte(input) % 4;
  const std::size_t piece = 1U + fuzz::take_byte(input);
  const auto whole = read(input, asked, std::max<std::size_t>(input.size(), 1));
  const auto pieces = read(input, asked, piece);
  fuzz::promise(whole.has_value() == pieces.has_value(), "pieces are taken like the whole");
  if (!whole) return 0;
  const auto has = [&](std::string_view part) { return input.find(part) != std::string_view::npos; };
  fuzz::promise(has("[DONE]") || has("finish_reason"), "something reaches its end");
  fuzz::promise(whole->choices.size() == pieces->choices.size() &&
                    whole->lost.size() == pieces->lost.size() &&
                    whole->choices.size() + whole->lost.size() <= asked,
                "choices");
  for (std::size_t i = 0; i < whole->choices.size(); ++i) {
    fuzz::promise(whole->choices[i].index == pieces->choices[i].index &&
                      whole->choices[i].completion.text == pieces->choices[i].completion.text,
                  "the same texts");
  }
  return 0;
}
