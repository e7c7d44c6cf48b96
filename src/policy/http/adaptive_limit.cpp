#include "adaptive_limit.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::http {

namespace {

constexpr double kWorthDoubling = 1.1;
constexpr double kPlainlyWorthIt = 1.2;
constexpr double kWorthMore = 1.03;
constexpr double kAsGood = 0.98;
constexpr double kAsGoodAsTwice = 0.97;
constexpr double kSpare =
    1.25;  // of the limit that was found: lengths vary, and so does how many are at work
constexpr double kDeviations = 2;  // of the mean of one reply's tokens, which vary about as much as they are
constexpr double kFullFrom = 0.9;  // of the limit
constexpr std::uint32_t kLeastSamples = 64;             // sequences: enough to see a doubling
constexpr std::uint32_t kLeastSamplesOfHalving = 2048;  // to see three per cent
constexpr std::uint32_t kLeastSamplesOfTrial = 8192;    // to see two per cent, lengths being what they are
constexpr std::uint32_t kRoundsHeld = 4;

std::uint32_t scaled(std::uint32_t value, double factor) {
  return static_cast<std::uint32_t>(static_cast<double>(value) * factor);
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(std::uint32_t start, std::uint32_t least, std::uint32_t most)
    : value_(std::clamp(start, least, most)), least_(least), most_(most), kept_(value_) {}

AdaptiveLimit::Level AdaptiveLimit::sent(double at_work) {
  was_short_ = was_short_ || at_work < kFullFrom * value_;
  return {level_};
}

void AdaptiveLimit::start_measuring(Duration now) {
  measuring_ = true;
  since_ = now;
  answered_ = 0;
  tokens_ = 0;
  was_short_ = false;
}

void AdaptiveLimit::answered(std::uint32_t sequences, std::uint64_t tokens, Duration now) {
  if (least_ == most_) return;
  answered_ += sequences;
  tokens_ += static_cast<double>(tokens);
  if (!measuring_) {
    if (answered_ >= std::max(kLeastSamples, value_)) start_measuring(now);
    return;
  }
  const double seconds = std::chrono::duration<double>(now - since_).count();
  if (quick_) return look_quickly(seconds, now);
  const bool enough = answered_ >= std::max(least_samples(), 2 * value_);
  if (!enough && !clearly_worse(seconds)) return;
  if (was_short_ || seconds <= 0) return start_measuring(now);
  const double goodput = tokens_ / seconds;
  start_measuring(now);
  judge(goodput, now);
}

/// What was sent before the limit grew still counts here, so that a gain is seen as less than it is: one that
/// shows all the same is none to wait for.
void AdaptiveLimit::look_quickly(double seconds, Duration now) {
  if (answered_ < std::max(kLeastSamples, value_ / 2) || seconds <= 0) return;
  const double goodput = tokens_ / seconds;
  quick_ = false;
  measuring_ = false;
  answered_ = 0;
  tokens_ = 0;
  if (!was_short_ && goodput >= kPlainlyWorthIt * kept_goodput_) judge(goodput, now);
}

/// A trial with fewer need not go on until its end where the loss is plain: beyond what chance makes of so
/// many replies.
bool AdaptiveLimit::clearly_worse(double seconds) const {
  const bool fewer = phase_ == Phase::kDescending || phase_ == Phase::kTryingFewer;
  if (!fewer || answered_ < kLeastSamples || seconds <= 0) return false;
  const double chance = kDeviations / std::sqrt(static_cast<double>(answered_));
  return tokens_ / seconds < (kAsGood - chance) * kept_goodput_;
}

std::uint32_t AdaptiveLimit::least_samples() const {
  switch (phase_) {
    case Phase::kClimbing:
      return kLeastSamples;
    case Phase::kDescending:
      return kLeastSamplesOfHalving;
    default:
      return kLeastSamplesOfTrial;
  }
}

void AdaptiveLimit::judge(double goodput, Duration now) {
  switch (phase_) {
    case Phase::kClimbing:
      if (kept_goodput_ > 0 && goodput < kWorthDoubling * kept_goodput_) {
        kept_goodput_ = std::max(kept_goodput_, goodput);
        return go_to(kept_ / 2, Phase::kDescending);
      }
      kept_ = value_;
      kept_goodput_ = goodput;
      if (value_ == most_) return go_to(value_, Phase::kHolding);
      go_to(value_ > most_ / 2 ? most_ : value_ * 2, Phase::kClimbing);
      start_measuring(now);
      quick_ = true;
      return;
    case Phase::kDescending:
      if (goodput < kAsGoodAsTwice * kept_goodput_) return go_to(scaled(kept_, kSpare), Phase::kHolding);
      kept_ = value_;
      return go_to(value_ / 2, value_ == least_ ? Phase::kHolding : Phase::kDescending);
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
  // Holding one level is one level: the next stretch begins where the last ended.
  if (next != value_) {
    ++level_;
    measuring_ = false;
    quick_ = false;
    answered_ = 0;
  }
  value_ = next;
  phase_ = phase;
}

}  // namespace viltree::http
