#pragma once

#include "client.hpp"

#include <viltree/crawl/crawl.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace viltree::crawl {

/// The policy that writes solutions: it is asked for samples of trees.
class PolicyClient final : public Client {
 public:
  PolicyClient(const Options& options, policy::Policy& policy, std::shared_ptr<Mailbox> mailbox);

  [[nodiscard]] Amount most(const Wanted& wanted, const OpenTree& tree) const override;
  /// Of the largest request that was wanted so far, at a root.
  [[nodiscard]] Amount most_at_root() const;
  void want(const Wanted& wanted);
  /// Learns from an answer, before its tree takes it, what prompts cost.
  void learn(const domain::TreeEvent& event, const OpenTree& tree);

 private:
  [[nodiscard]] policy::Sample sample(const Wanted& wanted, const OpenTree& tree) const override;

  std::uint32_t max_tokens_;
  bool counts_money_;
  std::uint32_t largest_request_ = 1;  ///< completions
  bool one_request_each_ = false;      ///< the policy asks once for every completion
};

/// The judge: it is asked about final answers.
class JudgeClient final : public Client {
 public:
  JudgeClient(const Options& options, policy::Policy& judge, std::shared_ptr<Mailbox> mailbox);

  [[nodiscard]] Amount most(const Wanted& wanted, const OpenTree& tree) const override;
  void learn(const domain::Ruling& ruling);
  /// Whether this answer to the problem is right.
  [[nodiscard]] policy::Sample question(const domain::Problem& problem, const std::string& answer,
                                        std::uint64_t seed) const;

 private:
  [[nodiscard]] policy::Sample sample(const Wanted& wanted, const OpenTree& tree) const override;

  const JudgeOptions& options_;
  std::uint64_t seed_;  ///< of the run
};

/// The policy, and the judge where there is one.
class Clients {
 public:
  Clients(const Options& options, policy::Policy& policy, policy::Policy* judge,
          const std::shared_ptr<Mailbox>& mailbox);

  [[nodiscard]] PolicyClient& policy() { return policy_; }
  [[nodiscard]] const PolicyClient& policy() const { return policy_; }
  /// Null where there is none.
  [[nodiscard]] JudgeClient* judge() { return judge_.get(); }
  [[nodiscard]] const JudgeClient* judge() const { return judge_.get(); }
  [[nodiscard]] Client& of(Asked asked);
  /// The policy first.
  [[nodiscard]] std::vector<Client*> all();
  [[nodiscard]] std::vector<const Client*> all() const;

  /// What the tree has begun to want.
  void want(OpenTree& tree);
  /// Forgets all that waits for it.
  void drop(domain::ProblemIndex problem);

  [[nodiscard]] std::size_t requests() const;
  [[nodiscard]] bool idle() const { return requests() == 0; }
  /// Nothing waits or is in flight.
  [[nodiscard]] bool at_rest() const;
  /// One of them cannot be reached.
  [[nodiscard]] bool outage() const;
  /// Completions that are worth waiting for: in an outage nothing comes.
  [[nodiscard]] std::uint64_t awaited() const;
  void wind_down();
  void stop();

 private:
  PolicyClient policy_;
  std::unique_ptr<JudgeClient> judge_;
};

}  // namespace viltree::crawl
