#include "policy_watch.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace viltree::crawl {

namespace {

using policy::EndpointState;
using Condition = EndpointState::Condition;

std::string who(const EndpointState& endpoint) {
  return endpoint.model.empty() ? endpoint.url : endpoint.url + " (" + endpoint.model + ")";
}

/// A server that asks us to come later is there.
Condition told(Condition condition) {
  return condition == Condition::kPaused ? Condition::kReady : condition;
}

std::string words(Condition condition) {
  switch (condition) {
    case Condition::kLost:
      return "does not answer";
    case Condition::kRefused:
      return "refuses us for good";
    case Condition::kReady:
    case Condition::kPaused:
      break;
  }
  return "is there again";
}

PolicyNews news_of(const EndpointState& endpoint) {
  const Condition condition = told(endpoint.condition);
  const std::string why =
      condition == Condition::kReady || endpoint.reason.empty() ? "" : ": " + endpoint.reason;
  return {who(endpoint) + ' ' + words(condition) + why,
          "endpoint",
          {{"url", endpoint.url},
           {"model", endpoint.model},
           {"condition", std::string(name(condition))},
           {"reason", endpoint.reason}}};
}

/// The same endpoint at the last look; ready where there was none.
Condition before(const policy::Health& health, std::size_t i, const EndpointState& endpoint) {
  const bool known = i < health.endpoints.size() && health.endpoints[i].url == endpoint.url &&
                     health.endpoints[i].model == endpoint.model;
  return known ? told(health.endpoints[i].condition) : Condition::kReady;
}

PolicyNews news_of(const EndpointState& endpoint, const policy::Finding& finding) {
  return {who(endpoint) + ": " + finding.what + ": " + finding.text,
          "finding",
          {{"url", endpoint.url}, {"what", finding.what}, {"text", finding.text}}};
}

/// What was found since the last look, and costs something. What was found at the start is not news.
std::vector<policy::Finding> new_findings(const policy::Health& health, std::size_t i,
                                          const EndpointState& endpoint) {
  std::vector<policy::Finding> found;
  if (i >= health.endpoints.size()) return found;
  for (std::size_t j = health.endpoints[i].findings.size(); j < endpoint.findings.size(); ++j) {
    if (endpoint.findings[j].kind == policy::Finding::Kind::kCosts) found.push_back(endpoint.findings[j]);
  }
  return found;
}

/// Servers that were lost answer again, of each model one at least: a sample waits for its own. A policy
/// without servers is there.
bool is_reachable(const policy::Health& health) {
  std::map<std::string, bool> ready;  // by model
  for (const EndpointState& endpoint : health.endpoints) {
    bool& is_ready = ready[endpoint.model];
    is_ready = is_ready || told(endpoint.condition) == Condition::kReady;
  }
  return std::all_of(ready.begin(), ready.end(), [](const auto& model) { return model.second; });
}

/// Whole ones: what is less than a second more is a second to people.
std::string in_seconds(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

std::vector<PolicyNews> PolicyWatch::look(const policy::Health& health) {
  std::vector<PolicyNews> news;
  for (std::size_t i = 0; i < health.endpoints.size(); ++i) {
    const EndpointState& endpoint = health.endpoints[i];
    if (told(endpoint.condition) != before(last_, i, endpoint)) news.push_back(news_of(endpoint));
    for (const policy::Finding& finding : new_findings(last_, i, endpoint))
      news.push_back(news_of(endpoint, finding));
  }
  if (health.outage && !told_outage_) {
    news.push_back({who_ + " unreachable: " + health.outage->reason + "; its trees wait, for " +
                        in_seconds(patience_) + " at most",
                    who_ + " unreachable",
                    {{"reason", health.outage->reason}}});
    told_outage_ = true;
  }
  if (!health.outage && told_outage_ && is_reachable(health)) {
    news.push_back({who_ + " reachable again", who_ + " reachable", {}});
    told_outage_ = false;
  }
  last_ = health;
  return news;
}

std::string PolicyWatch::last_words() const {
  return who_ + " unreachable for " + in_seconds(patience_) + ": " + last_.outage->reason +
         ". Nothing is lost: the same command goes on when it is back";
}

std::vector<PolicyNews> costly_findings(const policy::Health& health) {
  std::vector<PolicyNews> news;
  for (const EndpointState& endpoint : health.endpoints) {
    for (const policy::Finding& finding : endpoint.findings) {
      if (finding.kind == policy::Finding::Kind::kCosts) news.push_back(news_of(endpoint, finding));
    }
  }
  return news;
}

}  // namespace viltree::crawl
