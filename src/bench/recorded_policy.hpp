#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/policy/policy.hpp>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace viltree::bench {

/// Completions of a policy, by problem and seed (which no two requests of a run share).
using Recording = std::unordered_map<std::string, policy::Completed>;

/// Hands everything on to another policy and keeps the completions.
class RecordingPolicy final : public policy::Policy {
 public:
  RecordingPolicy(std::unique_ptr<policy::Policy> inner, Recording& recording);
  [[nodiscard]] core::Status start() override { return inner_->start(); }
  [[nodiscard]] core::Result<std::shared_ptr<const policy::Prompt>> prepare(
      const domain::Problem& problem) override;
  void sample(policy::Sample sample, policy::OnResult on_result) override;
  [[nodiscard]] std::uint32_t most_completions(std::uint32_t n) const override {
    return inner_->most_completions(n);
  }
  [[nodiscard]] std::uint32_t most_tokens(std::uint32_t max_tokens) const override {
    return inner_->most_tokens(max_tokens);
  }
  [[nodiscard]] std::uint32_t max_sequences() const override { return inner_->max_sequences(); }
  [[nodiscard]] policy::PolicyCounts counts() const override { return inner_->counts(); }
  [[nodiscard]] std::string model() const override { return inner_->model(); }
  void stop() override { inner_->stop(); }

 private:
  std::unique_ptr<policy::Policy> inner_;
  core::Mutex mutex_;
  Recording& recording_ VILTREE_GUARDED_BY(mutex_);
};

/// Answers at once from a recording; what is not in it is refused.
class RecordedPolicy final : public policy::Policy {
 public:
  explicit RecordedPolicy(const Recording& recording) : recording_(recording) {}
  [[nodiscard]] core::Status start() override { return {}; }
  [[nodiscard]] core::Result<std::shared_ptr<const policy::Prompt>> prepare(
      const domain::Problem& problem) override;
  void sample(policy::Sample sample, policy::OnResult on_result) override;
  [[nodiscard]] std::uint32_t max_sequences() const override { return 1024; }
  [[nodiscard]] policy::PolicyCounts counts() const override { return {asked_, 0, 0}; }
  [[nodiscard]] std::string model() const override { return "recorded"; }
  void stop() override {}

 private:
  const Recording& recording_;
  std::uint64_t asked_ = 0;
};

}  // namespace viltree::bench
