#pragma once

#include <viltree/core/clock.hpp>
#include <viltree/core/mutex.hpp>
#include <viltree/domain/ids.hpp>
#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace viltree::crawl {

/// Who was asked.
enum class Asked : std::uint8_t { kPolicy, kJudge };

[[nodiscard]] constexpr std::string_view name(Asked asked) {
  return asked == Asked::kPolicy ? "policy" : "judge";
}

/// A sample's result on its way from the policy's threads to the crawl's.
struct Letter {
  Asked asked = Asked::kPolicy;
  domain::ProblemIndex problem;
  domain::Ticket ticket;  ///< of the action; from the judge, the number of the tree's question
  policy::SampleResult result;
};

/// Where the policy's callbacks put results and the crawl takes them out, in groups. Thread-safe. Bounded by
/// what the crawl has in flight.
class Mailbox {
 public:
  void put(Letter letter);

  /// Waits, in the clock's time, at most `timeout` for a first letter, then at most `linger` until there are
  /// `enough`: a group shares one frame of the journal. Empty where nothing came.
  [[nodiscard]] std::vector<Letter> take(const core::Clock& clock, std::chrono::nanoseconds timeout,
                                         std::chrono::nanoseconds linger, std::size_t enough);
  [[nodiscard]] bool empty();

 private:
  core::Mutex mutex_;
  core::Condition arrived_;
  std::vector<Letter> letters_ VILTREE_GUARDED_BY(mutex_);
  std::size_t wanted_ VILTREE_GUARDED_BY(mutex_) = 1;  ///< wake the reader at so many
};

}  // namespace viltree::crawl
