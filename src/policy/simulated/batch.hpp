#pragma once

#include "capacity.hpp"
#include "radix_cache.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace viltree::simulated {

struct BatchOptions {
  std::uint32_t slots = 0;       ///< sequences that run at a time; 0: unlimited
  std::uint64_t queue = 0;       ///< sequences that may wait; 0: endless
  Capacity capacity = {};        ///< sequences that run or wait; its time begins with the first job
  double token_rate = 0;         ///< tokens per second of one sequence; 0: no time
  double prefill_rate = 0;       ///< prompt tokens per second of the whole engine; 0: no time
  std::size_t cache_tokens = 0;  ///< that the prefix cache holds; 0: there is none
};

/// What a sequence costs.
struct BatchSequence {
  std::uint32_t tokens = 0;    ///< to be decoded
  std::vector<TokenId> after;  ///< what stands in the cache after the job's context when the sequence is done
};

/// A request: sequences that share a prompt, which is computed once.
struct BatchJob {
  std::vector<TokenId> context;
  std::vector<TokenId> open_turn;  ///< the prompt is the context and this
  std::vector<BatchSequence> sequences;
};

struct BatchCounts {
  std::uint64_t waiting = 0;
  std::uint64_t most_waiting = 0;
  std::uint64_t running = 0;
  double busy_slot_seconds = 0;
  std::uint64_t prompt_tokens = 0;  ///< of all jobs that were begun
  std::uint64_t computed_tokens = 0;
  std::uint64_t cached_tokens = 0;
  /// What the same jobs, begun in the same order, would have computed with an unlimited cache. Both caches
  /// know a sequence's generated tokens from its end on, and neither counts them as computed.
  std::uint64_t bound_tokens = 0;
};

/// Continuous batching as a state machine over given times, which never go back: a queue of sequences, first
/// in first out, slots, and a prefill that works on one prompt after the other. A freed slot is taken at the
/// very time of its end, however late advance() is called, so that the timer's grain costs no throughput.
/// Not thread-safe.
class Batch {
 public:
  using Time = std::chrono::nanoseconds;
  using JobId = std::uint64_t;

  struct Done {
    JobId job = 0;
    std::uint64_t cached_tokens = 0;  ///< of its prompt
  };

  explicit Batch(const BatchOptions& options);

  /// None where its sequences find neither slots nor places in the queue, or would go beyond the capacity. A
  /// job has at least one sequence.
  [[nodiscard]] std::optional<JobId> submit(Time now, BatchJob job);

  /// Forgets a job; its slots are free at once. An unknown job is none.
  void cancel(Time now, JobId id);

  /// The jobs whose last sequence has ended by `now`, in the order of their ends.
  [[nodiscard]] std::vector<Done> advance(Time now);

  /// When the next sequence ends; none where nothing runs.
  [[nodiscard]] std::optional<Time> next() const;

  /// How many tokens each of a job's sequences has by `now`, of a job that is not done.
  [[nodiscard]] std::vector<std::uint32_t> decoded(JobId id, Time now) const;

  [[nodiscard]] BatchCounts counts(Time now) const;

 private:
  struct Sequence {
    BatchSequence work;
    bool running = false;
    bool ended = false;
    Time start{};  ///< of decoding
    Time end{};
  };
  struct Job {
    BatchJob work;
    std::vector<Sequence> sequences;
    std::size_t left = 0;
    bool prefilled = false;
    Time prefill_end{};
    std::uint64_t cached_tokens = 0;
    RadixCache::Pin pin;
  };
  struct Place {
    JobId job = 0;
    std::uint32_t sequence = 0;
  };
  struct End {
    Time time;
    std::uint64_t order;
    Place place;
    bool operator<(const End& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  [[nodiscard]] bool takes(std::uint64_t sequences, Time now) const;
  void run_until(Time now);
  void admit(Time now);
  void begin(Time now, Job& job, Place place);
  void prefill(Time now, Job& job);
  void finish(const Place& place);
  void count_busy(Time now);
  [[nodiscard]] bool has_slot() const { return options_.slots == 0 || running_ < options_.slots; }

  const BatchOptions options_;
  RadixCache cache_;
  RadixCache unlimited_{RadixCache::kUnlimited};
  std::unordered_map<JobId, Job> jobs_;
  std::deque<Place> queue_;        ///< may hold places of jobs that are gone
  std::priority_queue<End> ends_;  ///< may too
  std::vector<Done> done_;
  JobId last_job_ = 0;
  std::uint64_t last_order_ = 0;
  std::uint64_t running_ = 0;
  std::optional<Time> first_;  ///< when the first job came
  Time prefill_free_{};
  Time counted_until_{};
  BatchCounts counts_;
};

}  // namespace viltree::simulated
