#include "placement.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::http {

namespace {

constexpr double kBoundedLoad = 1.25;  // of the mean

/// The greater, the sooner this lane is the prompt's home: rendezvous hashing with weights (Thaler and
/// Ravishankar 1998; weights as -w / ln u).
double rendezvous_score(std::uint64_t key, const Lane& lane) {
  const std::uint64_t mixed = core::mix64(key, lane.options().number);
  const double uniform = (static_cast<double>(mixed >> 11U) + 0.5) * 0x1.0p-53;
  return -lane.options().endpoint.weight / std::log(uniform);
}

bool shows_what_it_must(const Lane& lane, const Call& call) {
  return lane.setup()->takes_images || !call.prompt()->has_images();
}

}  // namespace

bool suits(const Lane& lane, const Call& call) {
  return lane.usable() && lane.options().model == call.model() && shows_what_it_must(lane, call);
}

bool is_reachable(const Lanes& lanes, std::size_t model) {
  return std::any_of(lanes.begin(), lanes.end(),
                     [model](const auto& lane) { return lane->options().model == model && lane->usable(); });
}

Lane* choose_home(const Lanes& lanes, const Call& call) {
  double load = 0;
  std::size_t count = 0;
  for (const auto& lane : lanes) {
    if (!suits(*lane, call)) continue;
    load += lane->load();
    ++count;
  }
  if (count == 0) return nullptr;
  const double bound = kBoundedLoad * load / static_cast<double>(count);
  Lane* best = nullptr;
  double best_score = -1;
  bool best_fits = false;
  for (const auto& lane : lanes) {
    if (!suits(*lane, call)) continue;
    const bool fits = lane->load() <= bound;
    const double score = rendezvous_score(call.prompt()->key(), *lane);
    if (best != nullptr && (best_fits > fits || (best_fits == fits && best_score >= score))) continue;
    best = lane.get();
    best_score = score;
    best_fits = fits;
  }
  return best;
}

Lane* overfull(const Lanes& lanes, const Lane& idle, Lane::Time now) {
  Lane* most = nullptr;
  for (const auto& lane : lanes) {
    const LaneQueue& queue = lane->queue();
    if (lane.get() == &idle || lane->options().model != idle.options().model || queue.empty()) continue;
    if (lane->has_time(queue.oldest(), now)) continue;
    if (most == nullptr || queue.sequences() > most->queue().sequences()) most = lane.get();
  }
  return most;
}

const Lane* only_refused_by(const Lanes& lanes, const Call& call) {
  const Lane* refused = nullptr;
  for (const auto& lane : lanes) {
    if (lane->options().model != call.model()) continue;
    if (lane->health().refused()) {
      refused = lane.get();
    } else if (lane->setup() == nullptr || shows_what_it_must(*lane, call)) {
      return nullptr;
    }
  }
  return refused;
}

}  // namespace viltree::http
