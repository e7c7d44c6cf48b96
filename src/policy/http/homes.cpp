#include "homes.hpp"

#include <algorithm>

namespace viltree::http {

std::optional<std::size_t> Homes::find(const PromptPtr& prompt, std::size_t model) const {
  const Home* home = known(prompt);
  return home != nullptr && model < home->lanes.size() ? home->lanes[model] : std::nullopt;
}

void Homes::settle(const PromptPtr& prompt, std::size_t model, std::size_t lane) {
  auto& lanes = home(prompt).lanes;
  if (lanes.size() <= model) lanes.resize(model + 1);
  lanes[model] = lane;
}

bool Homes::has_images(const PromptPtr& prompt, std::size_t lane) const {
  const Home* home = known(prompt);
  return home != nullptr &&
         std::find(home->with_images.begin(), home->with_images.end(), lane) != home->with_images.end();
}

void Homes::note_images(const PromptPtr& prompt, std::size_t lane) {
  if (!has_images(prompt, lane)) home(prompt).with_images.push_back(lane);
}

void Homes::forget_images(const PromptPtr& prompt, std::size_t lane) {
  std::erase(home(prompt).with_images, lane);
}

/// Another prompt may have lived at the address.
const Homes::Home* Homes::known(const PromptPtr& prompt) const {
  const auto found = homes_.find(prompt.get());
  return found != homes_.end() && !found->second.prompt.expired() ? &found->second : nullptr;
}

Homes::Home& Homes::home(const PromptPtr& prompt) {
  if (known(prompt) == nullptr) {
    if (homes_.size() >= sweep_at_) forget_the_gone();
    homes_[prompt.get()] = Home{prompt, {}, {}};
  }
  return homes_[prompt.get()];
}

void Homes::forget_the_gone() {
  std::erase_if(homes_, [](const auto& entry) { return entry.second.prompt.expired(); });
  sweep_at_ = std::max(kLeastBeforeSweep, 2 * homes_.size());
}

}  // namespace viltree::http
