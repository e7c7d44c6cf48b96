#pragma once

#include "budget.hpp"
#include "mailbox.hpp"
#include "open_tree.hpp"
#include "policy_watch.hpp"
#include "send_queue.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace viltree::crawl {

/// A policy as the crawl uses it: what waits to be sent to it, what is in flight, what it is asked and what
/// that may cost. For one thread.
class Client {
 public:
  /// Results go to the mailbox, marked by `asked`.
  Client(Asked asked, policy::Policy& policy, const Tariff& tariff, std::chrono::milliseconds patience,
         std::shared_ptr<Mailbox> mailbox);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  /// The most that this can cost.
  [[nodiscard]] virtual Amount most(const Wanted& wanted, const OpenTree& tree) const = 0;
  void send(const Wanted& wanted, const OpenTree& tree, const Amount& reserved);
  /// What was reserved for it. A sample that was stopped is none that waits any more: the session ends.
  [[nodiscard]] Amount take_back(const Letter& letter);

  [[nodiscard]] policy::Policy& policy() const { return policy_; }
  [[nodiscard]] const Tariff& tariff() const { return tariff_; }
  [[nodiscard]] SendQueue& queue() { return queue_; }
  [[nodiscard]] const SendQueue& queue() const { return queue_; }
  [[nodiscard]] PolicyWatch& watch() { return watch_; }
  [[nodiscard]] const PolicyWatch& watch() const { return watch_; }
  /// What samples cost that were stopped: tokens alone, for these are neither answers nor rollouts.
  [[nodiscard]] const archive::Totals& stopped() const { return stopped_; }
  /// Why the policy refuses us altogether.
  [[nodiscard]] const std::optional<std::string>& refused() const { return refused_; }

  /// Requests that were sent and not answered.
  [[nodiscard]] std::size_t requests() const { return flights_.size(); }
  [[nodiscard]] bool idle() const { return flights_.empty(); }
  /// Completions of these.
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool has_room_for(std::uint32_t completions) const;
  /// Nothing waits or is in flight.
  [[nodiscard]] bool at_rest() const { return flights_.empty() && queue_.empty(); }

 protected:
  [[nodiscard]] virtual policy::Sample sample(const Wanted& wanted, const OpenTree& tree) const = 0;
  /// The most that so many completions cost, with so many tokens of prompts.
  [[nodiscard]] Amount most_of_completions(std::uint32_t completions, std::uint64_t prompt) const;
  /// The most that a sample of n costs, which takes so many requests where nothing is asked again.
  [[nodiscard]] Amount most_of(std::uint32_t n, std::uint32_t requests, std::uint64_t prompt) const;
  [[nodiscard]] PromptGauge& prompts() { return prompts_; }
  [[nodiscard]] const PromptGauge& prompts() const { return prompts_; }

 private:
  struct Flight {
    std::uint32_t n = 0;  ///< completions
    Amount reserved;
  };

  void give_up(const policy::Uncompleted& stopped);

  Asked asked_;
  policy::Policy& policy_;
  Tariff tariff_;
  PolicyWatch watch_;
  std::shared_ptr<Mailbox> mailbox_;
  SendQueue queue_;
  std::map<ActionKey, Flight> flights_;
  archive::Totals stopped_;
  PromptGauge prompts_;
  std::uint64_t in_flight_ = 0;
  std::optional<std::string> refused_;
};

}  // namespace viltree::crawl
