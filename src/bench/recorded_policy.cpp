#include "recorded_policy.hpp"

#include <utility>

namespace viltree::bench {

namespace {

class RecordedPrompt final : public policy::Prompt {
 public:
  RecordedPrompt(std::string id, std::shared_ptr<const policy::Prompt> inner)
      : id_(std::move(id)), inner_(std::move(inner)) {}
  [[nodiscard]] std::string key(std::uint64_t seed) const { return id_ + '/' + std::to_string(seed); }
  [[nodiscard]] const std::shared_ptr<const policy::Prompt>& inner() const { return inner_; }

 private:
  std::string id_;
  std::shared_ptr<const policy::Prompt> inner_;
};

const RecordedPrompt& prompt_of(const policy::Sample& sample) {
  return static_cast<const RecordedPrompt&>(*sample.prompt);
}

}  // namespace

RecordingPolicy::RecordingPolicy(std::unique_ptr<policy::Policy> inner, Recording& recording)
    : inner_(std::move(inner)), recording_(recording) {}

core::Result<std::shared_ptr<const policy::Prompt>> RecordingPolicy::prepare(const domain::Problem& problem) {
  auto prompt = inner_->prepare(problem);
  if (!prompt) return core::fail(prompt.error());
  return std::make_shared<RecordedPrompt>(problem.id, std::move(*prompt));
}

void RecordingPolicy::sample(policy::Sample sample, policy::OnResult on_result) {
  const RecordedPrompt& prompt = prompt_of(sample);
  std::string key = prompt.key(sample.seed);
  sample.prompt = prompt.inner();
  inner_->sample(std::move(sample),
                 [this, key = std::move(key), on_result = std::move(on_result)](auto result) {
                   if (result) {
                     const core::Lock lock(mutex_);
                     recording_[key] = *result;
                   }
                   on_result(std::move(result));
                 });
}

core::Result<std::shared_ptr<const policy::Prompt>> RecordedPolicy::prepare(const domain::Problem& problem) {
  return std::make_shared<RecordedPrompt>(problem.id, nullptr);
}

void RecordedPolicy::sample(policy::Sample sample, policy::OnResult on_result) {
  ++asked_;
  const auto found = recording_.find(prompt_of(sample).key(sample.seed));
  if (found == recording_.end())
    return on_result(policy::uncompleted(policy::Uncompleted::Why::kRefusesUs, "not recorded"));
  on_result(found->second);
}

}  // namespace viltree::bench
