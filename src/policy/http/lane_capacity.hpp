#pragma once

#include "adaptive_limit.hpp"
#include "share_at_work.hpp"

#include <cstdint>
#include <map>

namespace viltree::http {

/// How much a lane may have at once, and how much it has. For one thread.
class LaneCapacity {
 public:
  struct Options {
    std::uint32_t in_flight = 0;       ///< sequences; 0: found by trying
    std::uint32_t most_in_flight = 1;  ///< where the limit is found by trying
    std::uint64_t prompt_tokens = 0;   ///< in flight; 0: any
    bool stream = false;               ///< replies say when each sequence ends
  };

  explicit LaneCapacity(const Options& options);

  /// The server says how many it does at once.
  void set_slots(std::uint32_t slots);

  [[nodiscard]] std::uint32_t limit() const { return limit_.value(); }
  /// For a request of so many siblings, or as many of them as the limit.
  [[nodiscard]] bool has_room(std::uint32_t sequences, std::uint64_t prompt_tokens) const;
  /// Sequences that may be asked for at once: more than the limit where siblings of different lengths come in
  /// one reply, because most of them are done before it.
  [[nodiscard]] std::uint64_t room() const;
  /// What it has and what waits for it, as a share of the limit.
  [[nodiscard]] double load(std::uint64_t waiting) const;
  /// Sequences that the server works on or lets wait.
  [[nodiscard]] double at_work() const { return in_flight_ * share_at_work_.value(); }
  [[nodiscard]] bool idle() const { return in_flight_ + ended_early_ == 0; }

  /// A request on its way.
  struct Departure {
    std::uint64_t number = 0;  ///< grows
    AdaptiveLimit::Level level;
    std::uint32_t sequences = 0;
    std::uint64_t prompt_tokens = 0;
  };
  /// A request goes out; siblings of it end before the others; the rest comes back.
  [[nodiscard]] Departure depart(std::uint32_t sequences, std::uint64_t prompt_tokens);
  void end_early(const Departure& departure, std::uint32_t sequences);
  void arrive(const Departure& departure, std::uint32_t ended_early);

  struct Answered {
    Departure departure;
    std::uint64_t tokens = 0;
    std::uint64_t longest = 0;  ///< of the sequences, in tokens
    AdaptiveLimit::Duration now{};
  };
  void answered(const Answered& answered);
  /// Of what was sent earlier.
  [[nodiscard]] double at_work_before(const Departure& departure) const;
  /// Whether the limit goes down where there is overload.
  [[nodiscard]] bool gives_way() const { return limit_.gives_way(); }
  /// After it has come back.
  void overloaded(const Departure& departure);

 private:
  Options options_;
  AdaptiveLimit limit_;
  ShareAtWork share_at_work_;
  std::uint32_t in_flight_ = 0;  ///< sequences, without those that have ended early
  std::uint32_t ended_early_ = 0;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t departures_ = 0;
  std::map<std::uint64_t, std::uint32_t> under_way_;  ///< sequences that have not ended, by departure
};

}  // namespace viltree::http
