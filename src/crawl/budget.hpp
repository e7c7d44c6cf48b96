#pragma once

#include <viltree/archive/totals.hpp>
#include <viltree/crawl/options.hpp>

#include <cstdint>
#include <optional>

namespace viltree::crawl {

/// What the run's budget limits.
struct Amount {
  std::uint64_t tokens = 0;  ///< generated
  double usd = 0;

  friend Amount operator+(const Amount& a, const Amount& b) { return {a.tokens + b.tokens, a.usd + b.usd}; }
  friend bool operator==(const Amount&, const Amount&) = default;
};

/// How many tokens a prompt will have, from those that were seen. An estimate: what an image or a template
/// costs is known after the first answer.
class PromptGauge {
 public:
  /// One request's prompt tokens at a prefix of so many bytes; `at_root` are those of the same tree's root,
  /// where known: without it a prefix of so many bytes would be taken to cost what images and template do.
  void saw(std::uint64_t prefix_bytes, std::uint64_t prompt_tokens, std::optional<std::uint64_t> at_root);
  /// 0 where nothing was seen yet.
  [[nodiscard]] std::uint64_t expect(std::uint64_t prefix_bytes, std::optional<std::uint64_t> at_root) const;

 private:
  std::uint64_t largest_root_ = 0;
  double most_per_byte_ = 0;
};

/// What completions of one model cost.
struct Tariff {
  archive::Prices prices;
  std::uint32_t max_tokens = 0;  ///< of one completion, at most

  /// What was used; completions that nobody counted as if they were as long as they may be.
  [[nodiscard]] Amount used(const domain::Usage& usage, std::uint64_t uncounted) const;
  /// The most that so many completions can cost.
  [[nodiscard]] Amount most(std::uint32_t completions, std::uint64_t prompt_tokens) const;
};

/// The run's budget of tokens and money: hard, because whatever a request may cost is reserved before it is
/// sent, and given back when its answer says what it did cost. Time is not its business. For one thread.
class Budget {
 public:
  explicit Budget(const RunBudget& limits) : limits_(limits) {}

  [[nodiscard]] bool limited() const { return limits_.tokens > 0 || limits_.usd > 0; }

  /// Whether so much in all is within the limits.
  [[nodiscard]] bool fits(const Amount& sum) const;

  void reserve(const Amount& amount);
  void give_back(const Amount& amount);
  [[nodiscard]] const Amount& reserved() const { return reserved_; }

 private:
  RunBudget limits_;
  Amount reserved_;
  std::uint64_t reservations_ = 0;
};

/// What an open tree will still cost where it costs as much as the mean of the finished ones: the mean less
/// what it has used, at least nothing.
[[nodiscard]] Amount rest_of(const Amount& mean, const Amount& used);

}  // namespace viltree::crawl
