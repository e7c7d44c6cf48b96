#pragma once

#include "event_log.hpp"

#include <viltree/policy/policy.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::crawl {

/// Something about the policy that a person should know: a line, and the same as an event.
struct PolicyNews {
  std::string notice;
  std::string event;
  EventLog::Fields fields;
};

/// What changed between two looks at a policy's health. A pause is no news: servers ask for one now and then.
/// Nor is a server that only seems to be back: an outage ends when a request was answered.
/// For one thread.
class PolicyWatch {
 public:
  /// `who` is what people call it: "policy", "judge".
  PolicyWatch(std::string_view who, std::chrono::milliseconds patience) : who_(who), patience_(patience) {}

  /// What is to be told since the last look.
  [[nodiscard]] std::vector<PolicyNews> look(const policy::Health& health);

  [[nodiscard]] const std::string& name() const { return who_; }
  [[nodiscard]] const std::optional<policy::Outage>& outage() const { return last_.outage; }
  [[nodiscard]] bool beyond_patience() const { return last_.outage && last_.outage->lasts >= patience_; }
  /// Why a session ends that went beyond the patience.
  [[nodiscard]] std::string last_words() const;
  [[nodiscard]] const policy::Health& health() const { return last_; }

 private:
  std::string who_;
  std::chrono::milliseconds patience_;
  policy::Health last_;
  bool told_outage_ = false;  ///< and not its end
};

/// What was found at the start that costs tokens, time or knowledge, a piece of news each.
[[nodiscard]] std::vector<PolicyNews> costly_findings(const policy::Health& health);

}  // namespace viltree::crawl
