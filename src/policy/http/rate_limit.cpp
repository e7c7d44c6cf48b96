#include "rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::http {

namespace {

constexpr double kFirstTokens = 1000;  // of a sequence, until one was sent
constexpr double kNewest = 0.1;        // its weight in a mean
constexpr double kSoonSeconds = 5;
constexpr double kShareAtStart = 1.0 / 6;
constexpr double kSecondsOfRequests = 1;
constexpr double kRounding = 1e-6;

}  // namespace

double RateLimit::Bucket::level(Time now) const {
  if (!at_) at_ = now;
  const double seconds = std::chrono::duration<double>(now - *at_).count();
  return std::min(capacity_, level_ + seconds * per_second_);
}

RateLimit::Time RateLimit::Bucket::when(Time now, double cost) const {
  if (!limits()) return now;
  const double lack = std::min(cost, capacity_) - level(now);
  if (lack <= kRounding) return now;
  return now +
         std::chrono::ceil<std::chrono::microseconds>(std::chrono::duration<double>(lack / per_second_));
}

void RateLimit::Bucket::take(Time now, double cost) {
  level_ = level(now) - cost;
  at_ = now;
}

RateLimit::RateLimit(const RateOptions& options)
    : requests_(static_cast<double>(options.requests_per_minute),
                std::max(1.0, static_cast<double>(options.requests_per_minute) * kSecondsOfRequests / 60),
                std::max(1.0, static_cast<double>(options.requests_per_minute) * kSecondsOfRequests / 60)),
      tokens_(static_cast<double>(options.tokens_per_minute), static_cast<double>(options.tokens_per_minute),
              static_cast<double>(options.tokens_per_minute) * kShareAtStart),
      tokens_a_sequence_(kFirstTokens) {}

RateLimit::Time RateLimit::when(Time now, std::uint64_t tokens) const {
  return std::max(requests_.when(now, 1), tokens_.when(now, static_cast<double>(tokens)));
}

std::uint32_t RateLimit::most_siblings(std::uint64_t prompt_tokens, std::uint64_t sibling_tokens) const {
  constexpr double kMost = 0xFFFFFFFF;
  if (!tokens_.limits() || sibling_tokens == 0) return static_cast<std::uint32_t>(kMost);
  const double left = tokens_.capacity() - static_cast<double>(prompt_tokens);
  return static_cast<std::uint32_t>(std::clamp(left / static_cast<double>(sibling_tokens), 1.0, kMost));
}

void RateLimit::sent(Time now, std::uint32_t sequences, std::uint64_t tokens) {
  in_flight_ += sequences;
  if (!any()) return;
  requests_.take(now, 1);
  tokens_.take(now, static_cast<double>(tokens));
  if (sequences == 0) return;
  const double each = static_cast<double>(tokens) / sequences;
  sequences_a_request_ += kNewest * (sequences - sequences_a_request_);
  tokens_a_sequence_ += kNewest * (each - tokens_a_sequence_);
}

void RateLimit::over(Time now, std::uint32_t sequences, std::uint64_t tokens,
                     std::optional<std::uint64_t> used) {
  in_flight_ -= sequences;
  if (any() && used) tokens_.take(now, static_cast<double>(*used) - static_cast<double>(tokens));
}

std::uint64_t RateLimit::room(Time now) const {
  double soon = 0xFFFFFFFF;
  if (requests_.limits()) soon = requests_.within(now, kSoonSeconds) * sequences_a_request_;
  if (tokens_.limits())
    soon = std::min(soon, tokens_.within(now, kSoonSeconds) / std::max(1.0, tokens_a_sequence_));
  return in_flight_ + static_cast<std::uint64_t>(std::max(0.0, soon));
}

}  // namespace viltree::http
