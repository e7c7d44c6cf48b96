#include "thinking.hpp"

#include "tokens.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>
#include <array>

namespace viltree::simulated {

namespace {

constexpr std::string_view kOpens = "<think>\n";
constexpr std::string_view kCloses = "\n</think>\n\n";
constexpr std::uint64_t kThoughtSalt = 0x7417;

constexpr std::array<std::string_view, 3> kFirstThoughts = {
    "Okay, let me see what is asked here.", "Hm, first I should look at the question once more.",
    "The user wants an answer, so I have to be careful."};
constexpr std::array<std::string_view, 3> kLastThoughts = {
    "I could do it at once, but step by step is safer.", "Nothing is hidden in it, as far as I can see.",
    "So I will write it down in order, and check it on the way."};

}  // namespace

ThinkingState thinking_state(const ReplyForm& form, std::string_view prefix, bool continued) {
  const bool thinks = form.thinks();
  const std::size_t end = thinks ? prefix.rfind(kCloses) : std::string_view::npos;
  if (end != std::string_view::npos) return {prefix.substr(end + kCloses.size()), !continued, !continued};
  if (thinks && prefix.starts_with(kOpens.substr(0, kOpens.size() - 1))) return {"", true, !continued};
  return {prefix, thinks && !continued, true};
}

std::string thoughts_at(const ReplyForm& form, const ThinkingState& state, std::uint64_t seed) {
  if (!state.thinks) return {};
  core::Random random(core::mix64(kThoughtSalt, seed));
  const auto pick = [&random](const auto& of) {
    return std::string(
        of[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(of.size()) - 1))]);
  };
  std::string thoughts;
  if (state.begins) {
    if (form.thinking) thoughts = kOpens;
    thoughts += pick(kFirstThoughts) + "\n\n";
  }
  thoughts += pick(kLastThoughts);
  return form.thinking_apart ? thoughts : thoughts + std::string(kCloses);
}

Draw draw_behind(const std::string& thoughts, const Sampler& sampler, DrawOptions options) {
  if (thoughts.empty()) return sampler.draw(options);
  const std::uint32_t tokens = count_tokens(thoughts);
  const std::uint32_t limit = options.max_tokens;
  options.max_tokens = limit > tokens ? limit - tokens : 1;
  Draw draw = sampler.draw(options);
  if (limit <= tokens) {
    draw = {};
    draw.completion.text = thoughts.substr(0, bytes_of_tokens(thoughts, limit));
    draw.completion.finish = domain::FinishReason::kLength;
    draw.completion.tokens = limit;
    if (options.token_logprobs) draw.token_logprobs = certain_tokens(draw.completion.text);
    return draw;
  }
  draw.completion.text.insert(0, thoughts);
  draw.completion.tokens = draw.completion.tokens.value_or(0) + tokens;
  if (options.token_logprobs) {
    const auto certain = certain_tokens(thoughts);
    draw.token_logprobs.insert(draw.token_logprobs.begin(), certain.begin(), certain.end());
  }
  return draw;
}

}  // namespace viltree::simulated
