#include "adaptive_limit.hpp"

#include <algorithm>

namespace viltree::http {

namespace {

constexpr double kWorthDoubling = 1.1;
constexpr double kWorthMore = 1.04;
constexpr double kAsGood = 0.98;
constexpr double kFullFrom = 0.9;  // of the limit
constexpr std::uint32_t kLeastSamples = 24;
constexpr std::uint32_t kRoundsHeld = 8;

std::uint32_t scaled(std::uint32_t value, double factor) {
  return static_cast<std::uint32_t>(static_cast<double>(value) * factor);
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(std::uint32_t start, std::uint32_t least, std::uint32_t most)
    : value_(std::clamp(start, least, most)), least_(least), most_(most), kept_(value_) {}

AdaptiveLimit::Level AdaptiveLimit::sent(std::uint32_t in_flight) const {
  return {level_, in_flight >= kFullFrom * value_};
}

std::uint32_t AdaptiveLimit::samples_wanted() const {
  // While climbing every round counts; a trial decides between levels that differ by little.
  return std::max(kLeastSamples, phase_ == Phase::kClimbing ? value_ / 2 : 2 * value_);
}

void AdaptiveLimit::answered(const Level& level, std::uint32_t sequences, std::uint64_t tokens,
                             Duration took) {
  if (level.number != level_ || !level.full || tokens == 0 || least_ == most_) return;
  sequences_ += sequences;
  tokens_ += static_cast<double>(tokens);
  seconds_ += std::chrono::duration<double>(took).count() * sequences;
  if (sequences_ >= samples_wanted() && seconds_ > 0) judge(value_ * tokens_ / seconds_);
}

void AdaptiveLimit::judge(double goodput) {
  switch (phase_) {
    case Phase::kClimbing:
      if (kept_goodput_ > 0 && goodput < kWorthDoubling * kept_goodput_) return go_to(kept_, Phase::kHolding);
      kept_ = value_;
      kept_goodput_ = goodput;
      return go_to(value_ > most_ / 2 ? most_ : value_ * 2,
                   value_ == most_ ? Phase::kHolding : Phase::kClimbing);
    case Phase::kHolding:
      kept_ = value_;
      kept_goodput_ = goodput;
      if (++rounds_ < kRoundsHeld) return go_to(value_, Phase::kHolding);
      rounds_ = 0;
      more_next_ = !more_next_;
      if (!more_next_) return go_to(scaled(value_, 1.25) + 1, Phase::kTryingMore);
      return go_to(scaled(value_, 0.83), Phase::kTryingFewer);
    case Phase::kTryingMore:
      return go_to(goodput >= kWorthMore * kept_goodput_ ? value_ : kept_, Phase::kHolding);
    case Phase::kTryingFewer:
      return go_to(goodput >= kAsGood * kept_goodput_ ? value_ : kept_, Phase::kHolding);
  }
}

void AdaptiveLimit::overloaded(const Level& level) {
  if (level.number != level_ || least_ == most_) return;
  rounds_ = 0;
  go_to(scaled(value_, 0.75), Phase::kHolding);
}

void AdaptiveLimit::go_to(std::uint32_t value, Phase phase) {
  const std::uint32_t next = std::clamp(value, least_, most_);
  // Holding one level is one level, so that what is under way goes on counting.
  if (next != value_) ++level_;
  value_ = next;
  phase_ = phase;
  sequences_ = tokens_ = seconds_ = 0;
}

}  // namespace viltree::http
