#include "budget.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::crawl {

void PromptGauge::saw(std::uint64_t prefix_bytes, std::uint64_t prompt_tokens,
                      std::optional<std::uint64_t> at_root) {
  if (prefix_bytes == 0) {
    largest_root_ = std::max(largest_root_, prompt_tokens);
    return;
  }
  if (!at_root) return;
  const std::uint64_t root = std::min(*at_root, prompt_tokens);
  most_per_byte_ =
      std::max(most_per_byte_, static_cast<double>(prompt_tokens - root) / static_cast<double>(prefix_bytes));
}

std::uint64_t PromptGauge::expect(std::uint64_t prefix_bytes, std::optional<std::uint64_t> at_root) const {
  const double prefix = most_per_byte_ * static_cast<double>(prefix_bytes);
  return at_root.value_or(largest_root_) + static_cast<std::uint64_t>(std::ceil(prefix));
}

Amount Tariff::used(const domain::Usage& usage, std::uint64_t uncounted) const {
  domain::Usage all = usage;
  all.prompt_tokens = usage.prompt_tokens.value_or(0);
  all.completion_tokens = usage.completion_tokens.value_or(0) + uncounted * max_tokens;
  return {*all.completion_tokens, archive::cost(all, prices).value_or(0)};
}

Amount Tariff::most(std::uint32_t completions, std::uint64_t prompt_tokens) const {
  const std::uint64_t tokens = std::uint64_t{completions} * max_tokens;
  return {tokens, archive::cost({prompt_tokens, 0, tokens}, prices).value_or(0)};
}

bool Budget::fits(const Amount& sum) const {
  return (limits_.tokens == 0 || sum.tokens <= limits_.tokens) &&
         (limits_.usd <= 0 || sum.usd <= limits_.usd);
}

void Budget::reserve(const Amount& amount) {
  ++reservations_;
  reserved_ = reserved_ + amount;
}

void Budget::give_back(const Amount& amount) {
  reserved_ = {reserved_.tokens - amount.tokens, reserved_.usd - amount.usd};
  if (--reservations_ == 0) reserved_ = {};  // sums of decimals do not quite cancel out
}

Amount rest_of(const Amount& mean, const Amount& used) {
  return {mean.tokens - std::min(mean.tokens, used.tokens), std::max(0.0, mean.usd - used.usd)};
}

}  // namespace viltree::crawl
