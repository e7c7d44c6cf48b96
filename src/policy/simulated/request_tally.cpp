#include "request_tally.hpp"

#include <nlohmann/json.hpp>

namespace viltree::simulated {

void RequestTally::count_request() {
  const core::Lock lock(mutex_);
  ++stats_.requests;
  if (!first_) first_ = std::chrono::steady_clock::now();
}

void RequestTally::count_refused() {
  const core::Lock lock(mutex_);
  ++stats_.refused;
}

void RequestTally::count_fault(const std::string& kind) {
  const core::Lock lock(mutex_);
  ++stats_.faults[kind];
}

void RequestTally::count_sequences(std::uint64_t sequences, std::uint64_t tokens) {
  const core::Lock lock(mutex_);
  stats_.sequences += sequences;
  stats_.generated_tokens += tokens;
}

ServerStats RequestTally::stats() const {
  const core::Lock lock(mutex_);
  ServerStats stats = stats_;
  if (first_)
    stats.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - *first_).count();
  return stats;
}

void add_engine(const BatchCounts& counts, ServerStats& stats) {
  stats.busy_slot_seconds = counts.busy_slot_seconds;
  stats.waiting = counts.waiting;
  stats.in_flight = counts.waiting + counts.running;
  stats.most_waiting = counts.most_waiting;
  stats.prompt_tokens = counts.prompt_tokens;
  stats.computed_tokens = counts.computed_tokens;
  stats.cached_tokens = counts.cached_tokens;
  stats.bound_tokens = counts.bound_tokens;
}

std::string stats_as_json(const ServerStats& stats) {
  const nlohmann::ordered_json json = {{"requests", stats.requests},
                                       {"sequences", stats.sequences},
                                       {"refused", stats.refused},
                                       {"faults", stats.faults},
                                       {"generated_tokens", stats.generated_tokens},
                                       {"seconds", stats.seconds},
                                       {"busy_slot_seconds", stats.busy_slot_seconds},
                                       {"waiting", stats.waiting},
                                       {"in_flight", stats.in_flight},
                                       {"most_waiting", stats.most_waiting},
                                       {"prompt_tokens", stats.prompt_tokens},
                                       {"computed_tokens", stats.computed_tokens},
                                       {"cached_tokens", stats.cached_tokens},
                                       {"bound_tokens", stats.bound_tokens}};
  return json.dump();
}

}  // namespace viltree::simulated
