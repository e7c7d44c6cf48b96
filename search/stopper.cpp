#include <viltree/search/stopper.hpp>

#include <algorithm>

namespace viltree::search {

namespace {

class RolloutStopper final : public Stopper {
 public:
  explicit RolloutStopper(std::uint64_t limit) : limit_(limit) {}
  [[nodiscard]] std::uint32_t grant(const Tree&, std::uint64_t asked, std::uint32_t wanted) override {
    const std::uint64_t left = limit_ - std::min(limit_, asked);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(left, wanted));
  }

 private:
  std::uint64_t limit_;
};

class TokenStopper final : public Stopper {
 public:
  explicit TokenStopper(std::uint64_t limit) : limit_(limit) {}
  [[nodiscard]] std::uint32_t grant(const Tree& tree, std::uint64_t, std::uint32_t wanted) override {
    for (; counted_ < tree.rollout_count(); ++counted_) {
      tokens_ += generated_tokens(tree, tree.rollouts()[counted_]);
    }
    return tokens_ < limit_ ? wanted : 0;
  }

 private:
  std::uint64_t limit_;
  // A running sum over the rollouts, which are only ever appended.
  std::size_t counted_ = 0;
  std::uint64_t tokens_ = 0;
};

}  // namespace

std::vector<std::unique_ptr<Stopper>> make_stoppers(const TreeBudget& budget) {
  std::vector<std::unique_ptr<Stopper>> stoppers;
  if (budget.rollouts > 0) stoppers.push_back(std::make_unique<RolloutStopper>(budget.rollouts));
  if (budget.tokens > 0) stoppers.push_back(std::make_unique<TokenStopper>(budget.tokens));
  return stoppers;
}

std::uint64_t generated_tokens(const Tree& tree, const RolloutRecord& rollout) {
  if (rollout.tokens != RolloutRecord::kUnknownTokens) return rollout.tokens;
  std::uint64_t bytes = 0;
  for (const NodeId node : tree.path(rollout.origin, rollout.end)) bytes += tree.node(node).text_size;
  return bytes / 4;
}

}  // namespace viltree::search
