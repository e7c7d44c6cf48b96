#include "token_counts.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

namespace viltree::http {

namespace {

constexpr std::uint64_t kUsualBytesOfToken = 4;      // usually
constexpr std::uint64_t kMostLettersOfToken = 8;     // on the average of a text
constexpr std::uint64_t kBytesOfLongToken = 16;      // of a text that may be anything
constexpr std::uint64_t kBytesOfLongestToken = 256;  // of any vocabulary
constexpr std::uint64_t kLettersOfLongWords = 256;   // that texts may have beyond the average

/// Thoughts are paid for too.
std::uint64_t bytes_of(const Choice& choice) {
  return choice.completion.text.size() + choice.thoughts.size();
}

/// Of its own where the reply has several: a single choice has those of the usage.
std::optional<std::uint64_t> own_count(const ParsedReply& reply, const Choice& choice) {
  return reply.choices.size() > 1 ? choice.completion.tokens : std::nullopt;
}

std::uint64_t all_bytes(const ParsedReply& reply) {
  std::uint64_t bytes = 0;
  for (const Choice& choice : reply.choices) bytes += bytes_of(choice);
  return bytes;
}

std::uint64_t letters_of(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::uint64_t least_of(const ParsedReply& reply) {
  std::uint64_t counted = 0;
  std::uint64_t texts = 0;
  std::uint64_t letters = 0;
  for (const Choice& choice : reply.choices) {
    counted += own_count(reply, choice).value_or(0);
    texts += bytes_of(choice) > 0 ? 1 : 0;
    letters += letters_of(choice.completion.text) + letters_of(choice.thoughts);
  }
  return std::max({least_tokens(letters), counted, texts});
}

/// Whether the server's sum says of this choice what it cost. One that is less than the texts usually are may
/// leave siblings out; where it says that the limit ended a text, or has but one, the tokens may be long.
bool tells_of(const ParsedReply& reply, const Choice& choice, bool doubted) {
  const auto& usage = reply.usage.completion_tokens;
  if (!usage || all_bytes(reply) > *usage * kBytesOfLongestToken) return false;
  return !doubted || reply.choices.size() == 1 || choice.completion.finish == domain::FinishReason::kLength;
}

/// The tokens that the choice cost; 0 where they are not known to be more than was asked for. `doubted`: the
/// usage is less than the texts usually are.
std::uint64_t beyond_limit(const ParsedReply& reply, const Choice& choice, std::uint64_t limit,
                           bool doubted) {
  const std::uint64_t bytes = bytes_of(choice);
  const auto& usage = reply.usage.completion_tokens;
  const std::uint64_t choices = reply.choices.size() + reply.lost.size();
  std::uint64_t tokens = 0;
  if (const auto own = own_count(reply, choice)) {
    tokens = *own;
  } else if (usage && *usage > choices * limit) {
    // Who of several is too long is not said: the usage is shared out by bytes.
    const std::uint64_t all = all_bytes(reply);
    tokens = all == 0 ? *usage / choices : *usage * bytes / all;
  } else if (!tells_of(reply, choice, doubted) && bytes > limit * kBytesOfLongToken) {
    tokens = bytes / kUsualBytesOfToken;
  }
  return tokens > limit ? tokens : 0;
}

/// Whether the text itself is too long: some servers count thoughts that are not in it, and choices that
/// nobody asked for.
bool has_long_text(const ParsedReply& reply, const Choice& choice, std::uint64_t tokens,
                   std::uint64_t limit) {
  const std::uint64_t thoughts = reply.usage.reasoning_tokens.value_or(0);
  if (!own_count(reply, choice))
    tokens = tokens * reply.choices.size() / (reply.choices.size() + reply.unasked);
  return std::min(tokens - std::min(tokens, thoughts), most_tokens(choice.completion.text.size())) > limit;
}

std::uint64_t most_of(const ParsedReply& reply, const Choice& choice, bool beyond, std::uint32_t max_tokens) {
  if (const auto own = own_count(reply, choice)) return *own;
  const std::uint64_t most = most_tokens(bytes_of(choice));
  return beyond ? most : std::min<std::uint64_t>(most, max_tokens);
}

}  // namespace

std::uint64_t least_tokens(std::uint64_t letters) {
  return (letters - std::min(letters, kLettersOfLongWords)) / kMostLettersOfToken;
}

std::uint64_t most_tokens(std::size_t bytes) {
  return std::uint64_t{bytes} + 1;
}

CountCheck check_counts(ParsedReply& reply, std::uint32_t max_tokens) {
  CountCheck check;
  auto& usage = reply.usage.completion_tokens;
  const bool doubted = usage && *usage < least_of(reply);
  const std::uint64_t limit = std::uint64_t{max_tokens} + kFewTokensMore;
  std::uint64_t longest = 0;
  std::uint64_t most = reply.lost.size() * std::uint64_t{max_tokens};
  for (Choice& choice : reply.choices) {
    const std::uint64_t beyond = beyond_limit(reply, choice, limit, doubted);
    longest = std::max(longest, beyond);
    most += most_of(reply, choice, beyond > 0, max_tokens);
    if (choice.completion.finish == domain::FinishReason::kStop &&
        has_long_text(reply, choice, beyond, limit))
      choice.completion.finish = domain::FinishReason::kLength;
  }
  check.longest =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(longest, std::numeric_limits<std::uint32_t>::max()));
  check.undercounted = doubted && *usage < most;
  if (check.undercounted && reply.choices.size() == 1) reply.choices.front().completion.tokens.reset();
  if (check.undercounted || (!usage && longest > 0)) usage = most;
  return check;
}

}  // namespace viltree::http
