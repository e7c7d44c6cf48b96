#pragma once

#include "begun_samples.hpp"
#include "budget.hpp"
#include "mailbox.hpp"
#include "policy_watch.hpp"
#include "send_queue.hpp"

#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace viltree::crawl {

/// What came back from a request.
struct Returned {
  enum class Fate : std::uint8_t {
    kAnswered,  ///< or refused for good: to be kept
    kRests,     ///< it failed alone, and is sent again after a pause
    kWaits,     ///< to be sent again
    kGivenUp,   ///< it failed once too often: now as good as refused
  };
  Fate fate = Fate::kAnswered;
  Wanted wanted;
  Amount reserved;  ///< when it was sent
};

/// A policy as the crawl uses it, be it the one that writes solutions or the judge: what waits to be sent to
/// it, what is in flight, and what failed and rests. For one thread.
class Client {
 public:
  using Duration = core::Clock::Duration;

  /// Answers go to the mailbox, marked by `asked`.
  Client(Asked asked, policy::Policy& policy, const Tariff& tariff, std::chrono::seconds patience,
         std::shared_ptr<Mailbox> mailbox);

  [[nodiscard]] policy::Policy& policy() const { return policy_; }
  [[nodiscard]] const Tariff& tariff() const { return tariff_; }
  [[nodiscard]] SendQueue& queue() { return queue_; }
  [[nodiscard]] const SendQueue& queue() const { return queue_; }
  [[nodiscard]] PolicyWatch& watch() { return watch_; }
  [[nodiscard]] const PolicyWatch& watch() const { return watch_; }
  [[nodiscard]] PromptGauge& prompts() { return prompts_; }
  [[nodiscard]] const PromptGauge& prompts() const { return prompts_; }
  /// What came of samples that have no answer yet.
  [[nodiscard]] const BegunSamples& begun() const { return begun_; }

  /// Requests that were sent and not answered.
  [[nodiscard]] std::size_t requests() const { return flights_.size(); }
  [[nodiscard]] bool idle() const { return flights_.empty(); }
  /// Completions of these.
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool has_room_for(std::uint32_t completions) const;
  /// Nothing waits, rests or is in flight.
  [[nodiscard]] bool at_rest() const { return flights_.empty() && queue_.empty(); }

  /// `sample` lacks what an earlier attempt has brought; that is put in here.
  void send(const Wanted& wanted, const Amount& reserved, policy::Sample sample);

  /// Sorts out what is no answer; what is not answered is asked again. A letter that was given up holds a
  /// refusal.
  [[nodiscard]] Returned take_back(Letter& letter, Duration now);

  /// Why the policy refuses us altogether.
  [[nodiscard]] const std::optional<std::string>& refused() const { return refused_; }

 private:
  struct Flight {
    Wanted wanted;
    Amount reserved;
  };

  [[nodiscard]] Returned::Fate fate_of(Letter& letter, const Wanted& wanted, Duration now);
  [[nodiscard]] Returned::Fate rest(Letter& letter, const Wanted& wanted, Duration now);
  void keep_begun(Letter& letter, const ActionKey& key);

  Asked asked_;
  policy::Policy& policy_;
  Tariff tariff_;
  PolicyWatch watch_;
  std::shared_ptr<Mailbox> mailbox_;
  SendQueue queue_;
  std::map<ActionKey, Flight> flights_;
  BegunSamples begun_;
  PromptGauge prompts_;
  std::uint64_t in_flight_ = 0;
  std::optional<std::string> refused_;
};

}  // namespace viltree::crawl
