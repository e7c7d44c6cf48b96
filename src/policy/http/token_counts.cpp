#include "token_counts.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace viltree::http {

namespace {

constexpr std::uint64_t kUsualBytesOfToken = 4;   // usually
constexpr std::uint64_t kMostBytesOfToken = 8;    // on the average of a text
constexpr std::uint64_t kBytesOfLongToken = 16;   // of a text that may be anything
constexpr std::uint64_t kBytesOfLongWords = 256;  // that texts may have beyond the average

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

std::uint64_t least_of(const ParsedReply& reply) {
  std::uint64_t counted = 0;
  std::uint64_t texts = 0;
  for (const Choice& choice : reply.choices) {
    counted += own_count(reply, choice).value_or(0);
    texts += bytes_of(choice) > 0 ? 1 : 0;
  }
  return std::max({least_tokens(all_bytes(reply)), counted, texts});
}

/// The tokens that the choice cost; 0 where they are not known to be more than was asked for.
std::uint64_t beyond_limit(const ParsedReply& reply, const Choice& choice, std::uint64_t limit) {
  const std::uint64_t bytes = bytes_of(choice);
  std::uint64_t tokens = 0;
  if (const auto own = own_count(reply, choice)) {
    tokens = *own;
  } else if (const auto& usage = reply.usage.completion_tokens) {
    // Who of several is too long is not said: the usage is shared out by bytes.
    const std::uint64_t all = all_bytes(reply);
    const std::uint64_t choices = reply.choices.size() + reply.lost.size();
    if (*usage > choices * limit) tokens = all == 0 ? *usage / choices : *usage * bytes / all;
  } else if (bytes > limit * kBytesOfLongToken) {
    tokens = bytes / kUsualBytesOfToken;
  }
  return tokens > limit ? tokens : 0;
}

/// Whether the text itself is too long: some servers count thoughts that are not in it.
bool has_long_text(const ParsedReply& reply, const Choice& choice, std::uint64_t tokens,
                   std::uint64_t limit) {
  const std::uint64_t thoughts = reply.usage.reasoning_tokens.value_or(0);
  return std::min(tokens - std::min(tokens, thoughts), most_tokens(choice.completion.text.size())) > limit;
}

std::uint64_t most_of(const ParsedReply& reply, const Choice& choice, bool beyond, std::uint32_t max_tokens) {
  if (const auto own = own_count(reply, choice)) return *own;
  const std::uint64_t most = most_tokens(bytes_of(choice));
  return beyond ? most : std::min<std::uint64_t>(most, max_tokens);
}

}  // namespace

std::uint64_t least_tokens(std::size_t bytes) {
  return (bytes - std::min<std::uint64_t>(bytes, kBytesOfLongWords)) / kMostBytesOfToken;
}

std::uint64_t most_tokens(std::size_t bytes) {
  return std::uint64_t{bytes} + 1;
}

CountCheck check_counts(ParsedReply& reply, std::uint32_t max_tokens) {
  CountCheck check;
  auto& usage = reply.usage.completion_tokens;
  check.undercounted = usage && *usage < least_of(reply);
  if (check.undercounted) {
    usage.reset();
    if (reply.choices.size() == 1) reply.choices.front().completion.tokens.reset();
  }
  const std::uint64_t limit = std::uint64_t{max_tokens} + kFewTokensMore;
  std::uint64_t longest = 0;
  std::uint64_t most = reply.lost.size() * std::uint64_t{max_tokens};
  for (Choice& choice : reply.choices) {
    const std::uint64_t beyond = beyond_limit(reply, choice, limit);
    longest = std::max(longest, beyond);
    most += most_of(reply, choice, beyond > 0, max_tokens);
    if (choice.completion.finish == domain::FinishReason::kStop &&
        has_long_text(reply, choice, beyond, limit))
      choice.completion.finish = domain::FinishReason::kLength;
  }
  check.longest =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(longest, std::numeric_limits<std::uint32_t>::max()));
  if (!usage && (check.undercounted || longest > 0)) usage = most;
  return check;
}

}  // namespace viltree::http
