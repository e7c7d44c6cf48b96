#pragma once

#include "failure.hpp"
#include "lane_capacity.hpp"
#include "lane_health.hpp"
#include "lane_queue.hpp"
#include "lane_report.hpp"
#include "overload_row.hpp"
#include "rate_limit.hpp"
#include "refusals.hpp"
#include "request_writer.hpp"
#include "restatement.hpp"
#include "sibling_checks.hpp"
#include "thinking.hpp"
#include "token_counts.hpp"
#include "transport.hpp"

#include <viltree/policy/policy.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// What is known of a server once it has been asked. Immutable.
struct LaneSetup {
  ReplyContext context;
  RequestWriter writer;
  std::uint32_t choices_per_request = 1;
  bool repeats_prefix = false;  ///< in whole replies
  bool takes_images = true;
  std::optional<std::uint32_t> slots;  ///< where the server says so
  std::vector<policy::Finding> findings;
  bool repeats_prefix_in_streams = false;
  bool opens_thoughts = false;  ///< the chat template does, so that a text begins within thoughts
  std::optional<bool> tells_cached = std::nullopt;  ///< its usage says what the prefix cache had
};

struct LaneOptions {
  std::size_t number = 0;  ///< among the lanes
  std::size_t model = 0;   ///< among the models
  Endpoint endpoint;
  std::string url;  ///< of the endpoint, as it is called
  Secrets secrets;
  Route route;
  HttpLimits limits;
  std::uint32_t most_in_flight = 1;  ///< where the limit is found by trying
  RateOptions rate = {};
  bool stream = false;  ///< replies come as events
  TransportOptions transport;
};

/// One endpoint at work: its connections, what waits for it, how much it may have at once, how it is, and
/// what it has refused. What happens is told to the lane, which tells its parts. Belongs to the network
/// thread, but for state().
class Lane {
 public:
  using Time = Loop::Time;

  Lane(std::unique_ptr<Transport> transport, const LaneOptions& options);

  [[nodiscard]] const LaneOptions& options() const { return options_; }
  [[nodiscard]] const std::shared_ptr<const LaneSetup>& setup() const { return setup_; }
  [[nodiscard]] Transport& transport() { return *transport_; }
  [[nodiscard]] LaneQueue& queue() { return queue_; }
  [[nodiscard]] const LaneQueue& queue() const { return queue_; }
  [[nodiscard]] const LaneHealth& health() const { return health_; }
  [[nodiscard]] const LaneCapacity& capacity() const { return capacity_; }

  void set_up(std::shared_ptr<const LaneSetup> setup);
  void refuse(const std::string& reason) { health_.refuse(reason); }
  /// It could not be reached at the start.
  void lose(const std::string& reason) { health_.lose(reason); }

  [[nodiscard]] bool usable() const { return health_.usable(); }
  [[nodiscard]] std::uint32_t pauses() const { return health_.pauses(); }
  /// It may be given a request now.
  [[nodiscard]] bool has_time(const Call& call, Time now) const;
  /// The same for one that is usable and not paused. Where its rate alone forbids it, until then it waits.
  [[nodiscard]] bool admits(const Call& call, Time now);
  /// Its rate lets what it was asked for go from then on; none: nothing waits for that.
  [[nodiscard]] std::optional<Time> waits_until() const { return waits_until_; }
  void stop_waiting() { waits_until_.reset(); }
  [[nodiscard]] RateLimit& rate() { return rate_; }
  /// Sequences that may be asked for at once.
  [[nodiscard]] std::uint64_t room(Time now) const;
  /// Tokens that the call can come to with so many sequences.
  [[nodiscard]] static std::uint64_t most_tokens(const Call& call, std::uint32_t sequences);
  /// Work that it has or that waits for it, by its size.
  [[nodiscard]] double load() const { return capacity_.load(queue_.sequences()); }
  [[nodiscard]] bool idle() const { return capacity_.idle() && queue_.empty(); }

  /// A request goes out; siblings of it end before the others; the rest comes back.
  [[nodiscard]] LaneCapacity::Departure depart(std::uint32_t sequences, std::uint64_t prompt_tokens,
                                               bool again);
  void end_early(const LaneCapacity::Departure& departure, std::uint32_t sequences) {
    capacity_.end_early(departure, sequences);
  }
  void arrive(const LaneCapacity::Departure& departure, std::uint32_t ended_early) {
    capacity_.arrive(departure, ended_early);
  }
  /// libcurl sent a request again by itself.
  void count_resent(std::uint32_t times);

  void answered(const LaneCapacity::Answered& answered);
  struct Failed {
    LaneCapacity::Departure departure;
    Time sent{};
    Time now{};
    Time wait{};  ///< what was asked for, or how long to wait otherwise
  };
  void failed(const Failed& failed, const Failure& failure);
  /// It refused this request for now while it worked on others, so that it will when there is less to do.
  [[nodiscard]] bool takes_others(const LaneCapacity::Departure& overloaded) const {
    return capacity_.gives_way() && capacity_.at_work_before(overloaded) > 0;
  }

  /// What becomes of a prefix that is refused for good. What is held is the lane's until take_held(); a lane
  /// that is doubted is given up.
  [[nodiscard]] Refusals::Belief refused_prefix(const TaskPtr& task, const core::Error& error);
  [[nodiscard]] std::vector<Refusals::Held> take_held() { return refusals_.take_held(); }

  void canary_sent();
  void canary_answered(Time now, const std::optional<Failure>& failure);

  /// A reply broke off after some of its siblings, or is met with another request at once.
  void count_failure() { ++counts_.failures; }
  /// A reply told how many tokens were generated, so that others will.
  void note_usage() { tells_usage_ = true; }
  [[nodiscard]] bool tells_usage() const { return tells_usage_; }
  /// Siblings of which nothing could be used.
  void lost_siblings(const std::vector<LostChoice>& lost);
  /// Of texts that begin a solution.
  void saw_openings(const Openings& openings);
  /// Its chat template begins the thoughts, by the questions at the start or by most texts since.
  [[nodiscard]] bool opens_thoughts() const {
    return setup_->opens_thoughts || openings_.by_template > openings_.others;
  }
  /// Siblings that repeated what they should have gone on from.
  void restated_siblings(const Restated& restated);
  /// What came was compared with what was asked for: choices of at most `max_tokens`.
  void checked_counts(const CountCheck& check, std::uint32_t max_tokens);
  /// Tokens of the longest completion that cost more than were asked for; 0: none had. For any thread.
  [[nodiscard]] std::uint32_t longest_beyond_limit() const {
    return longest_.load(std::memory_order_relaxed);
  }
  /// Siblings that were all the same were asked for once more.
  void checked_siblings(bool confirmed);
  [[nodiscard]] std::uint32_t choices_per_request() const;
  /// Sequences of the call that one request to this server may have.
  [[nodiscard]] std::uint32_t most_siblings(const Call& call) const;

  /// For any thread: how it was when publish() was called last.
  [[nodiscard]] policy::EndpointState state() const { return report_.state(); }
  void publish(Time now);

 private:
  /// The finding's text from here on.
  void tell(std::string_view what, std::string text);
  [[nodiscard]] bool wants_pause(const LaneCapacity::Departure& overloaded);

  LaneOptions options_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<const LaneSetup> setup_;
  LaneQueue queue_;
  LaneCapacity capacity_;
  RateLimit rate_;
  std::optional<Time> waits_until_;
  LaneHealth health_;
  OverloadRow overloads_;
  Refusals refusals_;
  SiblingChecks checks_;
  policy::PolicyCounts counts_;
  std::uint64_t lost_siblings_ = 0;
  std::uint64_t stripped_siblings_ = 0;
  std::uint64_t rejected_siblings_ = 0;
  std::uint64_t beyond_limit_ = 0;  ///< replies
  std::uint64_t undercounted_ = 0;  ///< likewise
  std::atomic<std::uint32_t> longest_{0};
  Openings openings_;
  bool tells_usage_ = false;
  LaneReport report_;
};

using Lanes = std::vector<std::unique_ptr<Lane>>;

}  // namespace viltree::http
