#pragma once

#include <viltree/search/tree.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace viltree::search {

/// Limits of one tree (`budget.*_per_problem`); 0: no limit.
struct TreeBudget {
  std::uint64_t rollouts = 0;
  std::uint64_t tokens = 0;  ///< generated tokens
};

/// Says how many more rollouts a tree may ask for. Depends on what was asked and applied alone, never on
/// time, so that a resumed tree stops where an uninterrupted one does.
class Stopper {
 public:
  Stopper() = default;
  Stopper(const Stopper&) = delete;
  Stopper& operator=(const Stopper&) = delete;
  virtual ~Stopper() = default;
  /// At most `wanted`; 0: stop. `asked` counts rollouts asked for so far, answered or not.
  [[nodiscard]] virtual std::uint32_t grant(const Tree& tree, std::uint64_t asked, std::uint32_t wanted) = 0;
};

/// One stopper per limit that is set.
[[nodiscard]] std::vector<std::unique_ptr<Stopper>> make_stoppers(const TreeBudget& budget);

/// Generated tokens of a rollout; where the server did not say, a quarter of its bytes.
[[nodiscard]] std::uint64_t generated_tokens(const Tree& tree, const RolloutRecord& rollout);

}  // namespace viltree::search
