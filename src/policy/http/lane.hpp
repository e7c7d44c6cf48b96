#pragma once

#include "adaptive_limit.hpp"
#include "breaker.hpp"
#include "failure.hpp"
#include "loop.hpp"
#include "request_writer.hpp"
#include "share_at_work.hpp"
#include "transport.hpp"

#include <viltree/core/mutex.hpp>
#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace viltree::http {

struct Task;

/// What is known of a server once it has been asked. Immutable.
struct LaneSetup {
  ReplyContext context;
  RequestWriter writer;
  std::uint32_t choices_per_request = 1;
  bool repeats_prefix = false;
  bool takes_images = true;
  std::optional<std::uint32_t> slots;  ///< where the server says so
  std::vector<policy::Finding> findings;
};

struct LaneOptions {
  std::size_t number = 0;  ///< among the lanes
  std::size_t model = 0;   ///< among the models
  Endpoint endpoint;
  std::string url;  ///< of the endpoint, as it is called
  ApiKey key;
  HttpLimits limits;
  std::uint32_t most_in_flight = 1;  ///< where the limit is found by trying
  bool stream = false;               ///< replies come as events
  TransportOptions transport;
};

/// One endpoint at work: its connections, how much it may have at once, what waits for it, and how it is.
/// Belongs to the network thread, but for state().
class Lane {
 public:
  using Time = Loop::Time;

  Lane(std::unique_ptr<Transport> transport, const LaneOptions& options);

  [[nodiscard]] const LaneOptions& options() const { return options_; }
  [[nodiscard]] const std::shared_ptr<const LaneSetup>& setup() const { return setup_; }
  [[nodiscard]] Transport& transport() { return *transport_; }

  void set_up(std::shared_ptr<const LaneSetup> setup);
  void refuse(const std::string& reason);
  /// It could not be reached at the start.
  void lose(const std::string& reason);

  /// It has been asked at the start, and has not been lost or refused us since.
  [[nodiscard]] bool usable() const { return setup_ != nullptr && !refused_ && breaker_.closed(); }
  [[nodiscard]] bool refused() const { return refused_; }
  /// Why it is not usable.
  [[nodiscard]] const std::string& reason() const { return reason_.empty() ? breaker_.reason() : reason_; }
  [[nodiscard]] bool paused(Time now) const { return now < paused_until_; }
  [[nodiscard]] Time paused_until() const { return paused_until_; }
  [[nodiscard]] bool has_room(std::uint64_t prompt_tokens) const;
  [[nodiscard]] std::uint32_t limit() const { return limit_.value(); }
  /// Sequences that may be asked for at once: more than the limit where siblings of different lengths come in
  /// one reply, because most of them are done before it.
  [[nodiscard]] std::uint64_t room() const;
  /// Work that it has or that waits for it, by its size.
  [[nodiscard]] double load() const;

  [[nodiscard]] bool idle() const { return in_flight_ + ended_early_ == 0 && queue.empty(); }

  /// A request goes out; siblings of it end before the others; the rest comes back.
  [[nodiscard]] AdaptiveLimit::Level depart(std::uint32_t sequences, std::uint64_t prompt_tokens, bool again);
  void end_early(std::uint32_t sequences);
  void arrive(std::uint32_t sequences, std::uint32_t ended_early, std::uint64_t prompt_tokens);
  /// libcurl sent a request again by itself.
  void count_resent(std::uint32_t times);

  struct Answered {
    std::uint32_t sequences = 1;
    std::uint64_t tokens = 0;
    std::uint64_t longest = 0;  ///< of the sequences, in tokens
    Time now{};
  };
  void answered(const Answered& answered);

  struct Failed {
    AdaptiveLimit::Level level;
    Time sent{};
    Time now{};
    Time wait{};  ///< what was asked for, or how long to wait otherwise
  };
  void failed(const Failed& failed, const Failure& failure);
  /// Pauses in a row that the server asked for, without an answer between them.
  [[nodiscard]] std::uint32_t pauses() const { return pauses_; }

  /// What becomes of a prefix that is refused for good. A server may refuse one; one that refuses all and
  /// answers nothing is not what the crawl was set up for, and what it says is no evidence.
  enum class Refusal {
    kBelieved,  ///< something was answered since the last
    kHeld,      ///< another was refused since the last answer: for an answer to come first
    kDoubted,   ///< so many different problems that the lane is given up
  };
  [[nodiscard]] Refusal refused_prefix(std::uint64_t problem, const std::string& reason);
  static constexpr std::size_t kRefusedProblems = 8;

  /// When a canary is due; none where none is needed or one is under way.
  [[nodiscard]] std::optional<Time> canary_due() const;
  void canary_sent() { canary_under_way_ = true; }
  void canary_answered(Time now, const std::optional<Failure>& failure);

  /// Siblings that were all the same were asked for once more. Where most of these checks say something else
  /// it gets one a request from then on.
  void checked_siblings(bool confirmed);
  [[nodiscard]] std::uint32_t choices_per_request() const;

  /// For any thread: how it was when publish() was called last.
  [[nodiscard]] policy::EndpointState state() const;
  void publish(Time now);

  std::deque<std::shared_ptr<Task>> queue;                          ///< what shall go here
  std::vector<std::pair<std::shared_ptr<Task>, core::Error>> held;  ///< refused, and not believed yet
  std::uint64_t queued = 0;                                         ///< sequences in it
  std::unique_ptr<Timer> timer;  ///< for the end of a pause, and the next canary

 private:
  /// Sequences that the server works on or lets wait.
  [[nodiscard]] double at_work() const { return in_flight_ * share_at_work_.value(); }

  LaneOptions options_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<const LaneSetup> setup_;
  AdaptiveLimit limit_;
  ShareAtWork share_at_work_;
  Breaker breaker_;
  bool refused_ = false;
  std::string reason_;
  bool canary_under_way_ = false;
  Time paused_until_{};
  std::uint32_t in_flight_ = 0;  ///< sequences, without those that have ended early
  std::uint32_t ended_early_ = 0;
  std::uint64_t prompt_tokens_ = 0;
  Time last_answer_{};
  std::uint32_t pauses_ = 0;
  std::set<std::uint64_t> refused_problems_;  ///< since the last answer
  bool has_answered_ = false;                 ///< since the last refusal that was believed
  std::uint32_t checks_ = 0;
  std::uint32_t doubts_ = 0;
  bool asks_one_by_one_ = false;
  policy::PolicyCounts counts_;

  mutable core::Mutex mutex_;
  policy::EndpointState state_ VILTREE_GUARDED_BY(mutex_);
};

}  // namespace viltree::http
