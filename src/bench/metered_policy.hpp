#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace viltree::bench {

/// Hands everything on to another policy and notes when completions come. Thread-safe.
class MeteredPolicy final : public policy::Policy {
 public:
  explicit MeteredPolicy(std::unique_ptr<policy::Policy> inner) : inner_(std::move(inner)) {}

  /// From the first sample to the last completion.
  [[nodiscard]] double seconds() const;
  /// Completions between two moments, each a share of that time.
  [[nodiscard]] double kept_a_second(double from, double to) const;

  [[nodiscard]] core::Status start() override { return inner_->start(); }
  [[nodiscard]] core::Result<std::shared_ptr<const policy::Prompt>> prepare(
      const domain::Problem& problem) override {
    return inner_->prepare(problem);
  }
  void sample(policy::Sample sample, policy::OnResult on_result) override;
  [[nodiscard]] std::uint32_t most_completions(std::uint32_t n) const override {
    return inner_->most_completions(n);
  }
  [[nodiscard]] std::uint32_t max_sequences() const override { return inner_->max_sequences(); }
  [[nodiscard]] policy::PolicyCounts counts() const override { return inner_->counts(); }
  [[nodiscard]] policy::Health health() const override { return inner_->health(); }
  [[nodiscard]] std::string model() const override { return inner_->model(); }
  void wind_down() override { inner_->wind_down(); }
  void stop() override { inner_->stop(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    Clock::time_point at;
    std::size_t completions;
  };
  void note(std::size_t completions);

  std::unique_ptr<policy::Policy> inner_;
  mutable core::Mutex mutex_;
  std::vector<Kept> kept_ VILTREE_GUARDED_BY(mutex_);  ///< the first: the beginning
};

}  // namespace viltree::bench
