#pragma once

#include "loop.hpp"

#include <viltree/http/options.hpp>

#include <cstdint>
#include <optional>

namespace viltree::http {

/// Requests and tokens as buckets that fill steadily, which is how hosted providers limit a key. A request
/// takes from them when it is sent all that it can come to, as providers reckon it: its prompt and max_tokens
/// of each sibling. What the server then counted is set right when the reply is there; what a failed request
/// took stays taken, for that counts with them too.
///
/// The tokens of a minute may be taken at once where they have been saved, as at the providers; at the start
/// a sixth of them are there, because a run before this one may just have taken some. Of requests a second's
/// may be taken at once, because some providers look at so short a time.
///
/// Pure; for one thread.
class RateLimit {
 public:
  using Time = Loop::Time;

  explicit RateLimit(const RateOptions& options);

  [[nodiscard]] bool any() const { return requests_.limits() || tokens_.limits(); }

  /// From when on a request of so many tokens may be sent; `now` or before it: now. One that is larger than a
  /// minute's tokens may go when all of them are there.
  [[nodiscard]] Time when(Time now, std::uint64_t tokens) const;
  /// Siblings that one request may have, so that it is not larger than a minute's tokens; at least one.
  [[nodiscard]] std::uint32_t most_siblings(std::uint64_t prompt_tokens, std::uint64_t sibling_tokens) const;

  /// Without sequences: a canary.
  void sent(Time now, std::uint32_t sequences, std::uint64_t tokens);
  /// Of a request that was sent: it is over. `used`: the tokens that the server counted; none: unknown.
  void over(Time now, std::uint32_t sequences, std::uint64_t tokens, std::optional<std::uint64_t> used);

  /// Sequences that may be at work at once: those that are, and those that may follow in the next seconds.
  [[nodiscard]] std::uint64_t room(Time now) const;

 private:
  class Bucket {
   public:
    Bucket(double per_minute, double capacity, double level)
        : per_second_(per_minute / 60), capacity_(capacity), level_(level) {}
    [[nodiscard]] bool limits() const { return per_second_ > 0; }
    [[nodiscard]] double capacity() const { return capacity_; }
    [[nodiscard]] double level(Time now) const;
    [[nodiscard]] Time when(Time now, double cost) const;
    void take(Time now, double cost);
    /// What it may give within that time.
    [[nodiscard]] double within(Time now, double seconds) const { return level(now) + seconds * per_second_; }

   private:
    double per_second_;
    double capacity_;
    double level_;                    ///< may be below 0
    mutable std::optional<Time> at_;  ///< of the level; it fills from the first look on
  };

  Bucket requests_;
  Bucket tokens_;
  std::uint64_t in_flight_ = 0;  ///< sequences
  double sequences_a_request_ = 1;
  double tokens_a_sequence_;
};

}  // namespace viltree::http
