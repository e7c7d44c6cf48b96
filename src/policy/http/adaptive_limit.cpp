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
constexpr double kLeastRelief = 32;   // requests at the relieved level, before it is compared
constexpr double kMostRelief = 128;   // the share fades
constexpr double kExpectedNoise = 8;  // refusals there, were they noise
constexpr double kRelief = 0.75;      // of the limit
constexpr double kLeastLeft = 0.25;   // of the limit, however little the server was left with
constexpr double kMostLeft = 0.95;    // of the limit, where it was load
constexpr double kFirstStep = 0.05;   // of the recovery, each twice the last
constexpr double kLastStep = 0.25;
constexpr std::uint64_t kPatience = 4;  // limits of replies, until a step is tried where one was undone

std::uint32_t scaled(double value, double factor) {
  return static_cast<std::uint32_t>(value * factor);
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(std::uint32_t start, std::uint32_t least, std::uint32_t most)
    : value_(std::clamp(start, least, most)), least_(least), most_(most), kept_(value_) {}

AdaptiveLimit::Level AdaptiveLimit::sent(double at_work) {
  was_short_ = was_short_ || at_work < kFullFrom * value_;
  most_at_work_ = std::max(most_at_work_, at_work);
  return {level_, overloads_.sent()};
}

void AdaptiveLimit::start_measuring(Duration now) {
  measuring_ = true;
  since_ = now;
  answered_ = 0;
  tokens_ = 0;
  was_short_ = false;
}

void AdaptiveLimit::answered(const Level& level, std::uint32_t sequences, std::uint64_t tokens,
                             Duration now) {
  if (least_ == most_) return;
  if (level.number == level_) {
    overloads_.answered(level.request);
    if (phase_ == Phase::kRelieving) look_at_relief();
    if (phase_ == Phase::kRecovering) recover(sequences);
  }
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
    case Phase::kRelieving:
    case Phase::kRecovering:
      return;
  }
}

void AdaptiveLimit::overloaded(const Level& level, double at_work) {
  if (level.number != level_ || least_ == most_) return;
  overloads_.overloaded(level.request, at_work);
  if (phase_ == Phase::kRelieving) return look_at_relief();
  const bool tries = phase_ == Phase::kTryingMore || (phase_ == Phase::kRecovering && value_ > borne_);
  if (tries && overloads_.is_suspect()) return undo();
  if (overloads_.is_load()) return give_way(value_, left());
  if (!overloads_.is_suspect()) return;
  before_ = {value_, full(), phase_, overloads_.share()};
  go_to(scaled(full(), kRelief), Phase::kRelieving);
}

/// What the limit lets through, where there is enough to send.
double AdaptiveLimit::full() const {
  return std::min<double>(value_, most_at_work_);
}

std::uint32_t AdaptiveLimit::left() const {
  return static_cast<std::uint32_t>(std::clamp(overloads_.left(), kLeastLeft * full(), kMostLeft * full()));
}

/// Half way between the share that a server of a fixed size would refuse now, and the share before.
void AdaptiveLimit::look_at_relief() {
  if (overloads_.known() < std::clamp(kExpectedNoise / before_.share, kLeastRelief, kMostRelief)) return;
  if (overloads_.is_load()) return give_way(before_.value, left());
  const double taken = (1 - before_.share) * before_.full;
  const double as_load = std::max(overloads_.noise(), 1 - taken / std::max(value_, 1U));
  const double share = overloads_.share();
  if (2 * share < before_.share + as_load)
    return give_way(before_.value, std::max(value_, static_cast<std::uint32_t>(taken)));
  overloads_.set_noise((share + before_.share) / 2);
  go_to(before_.value, before_.phase);
}

/// It was load that was met at `met`.
void AdaptiveLimit::give_way(std::uint32_t met, std::uint32_t value) {
  const Phase met_in = phase_ == Phase::kRelieving ? before_.phase : phase_;
  if (met_in != Phase::kRecovering) {
    ceiling_ = met;
    later_ = met_in;
  }
  step_ = kFirstStep;
  borne_ = value;
  rounds_ = 0;
  recovered_ = 0;
  go_to(value, Phase::kRecovering);
}

/// More was too much.
void AdaptiveLimit::undo() {
  step_ = kFirstStep;
  recovered_ = 0;
  if (phase_ == Phase::kRecovering) return go_to(borne_, phase_);
  go_to(kept_, Phase::kHolding);
}

/// A limit of replies at each step says that it is borne; after one that was not, patience.
void AdaptiveLimit::recover(std::uint32_t sequences) {
  recovered_ += sequences;
  const bool tried = value_ > borne_;
  if (recovered_ < (tried ? 1 : kPatience) * value_) return;
  if (tried) step_ = std::min(2 * step_, kLastStep);
  borne_ = value_;
  recovered_ = 0;
  if (value_ < ceiling_) return go_to(std::min(scaled(value_, 1 + step_) + 1, ceiling_), Phase::kRecovering);
  go_to(value_, later_);
}

void AdaptiveLimit::go_to(std::uint32_t value, Phase phase) {
  const std::uint32_t next = std::clamp(value, least_, most_);
  // Holding one level is one level: the next stretch begins where the last ended.
  if (next != value_) {
    ++level_;
    measuring_ = false;
    quick_ = false;
    answered_ = 0;
    overloads_.start_level();
    most_at_work_ = 0;
  }
  value_ = next;
  phase_ = phase;
}

}  // namespace viltree::http
