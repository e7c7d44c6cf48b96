#pragma once

#include "prompt.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace viltree::http {

/// Where the requests of each tree go, found when its first is sent, and which lanes have its images. A tree
/// is known by its prompt, and forgotten some time after nobody holds that any more: this never keeps more
/// than twice the prompts that are held, and some. For one thread.
class Homes {
 public:
  /// The lane that is the tree's home among those of the model.
  [[nodiscard]] std::optional<std::size_t> find(const PromptPtr& prompt, std::size_t model) const;
  void settle(const PromptPtr& prompt, std::size_t model, std::size_t lane);

  /// The lane has answered a request with the tree's images in it.
  [[nodiscard]] bool has_images(const PromptPtr& prompt, std::size_t lane) const;
  void note_images(const PromptPtr& prompt, std::size_t lane);
  void forget_images(const PromptPtr& prompt, std::size_t lane);

  [[nodiscard]] std::size_t size() const { return homes_.size(); }

 private:
  struct Home {
    std::weak_ptr<const ChatPrompt> prompt;
    std::vector<std::optional<std::size_t>> lanes;  ///< by model
    std::vector<std::size_t> with_images;           ///< lanes
  };

  [[nodiscard]] const Home* known(const PromptPtr& prompt) const;
  [[nodiscard]] Home& home(const PromptPtr& prompt);
  void forget_the_gone();

  static constexpr std::size_t kLeastBeforeSweep = 64;

  std::unordered_map<const ChatPrompt*, Home> homes_;
  std::size_t sweep_at_ = kLeastBeforeSweep;
};

}  // namespace viltree::http
