#include "overload_share.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::http {

namespace {

constexpr double kLeastOverloads = 4;  // before anything is made of them
constexpr double kLeastKnown = 32;     // requests, before they prove load
constexpr double kMostKnown = 256;     // of these half are forgotten
constexpr double kMostNoise = 0.5;     // a server that refuses more has too much to do
constexpr double kDeviations = 3;      // of chance
constexpr double kNoiseOfRows = 0.2;   // more makes long rows by itself
constexpr double kMoving = 0.125;
constexpr double kFading = 0.25;

}  // namespace

void OverloadShare::start_level() {
  sent_ = from_ = until_ = 0;
  overloads_ = 0;
  row_.clear();
  long_row_ = false;
  left_ = 0;
}

void OverloadShare::know_of(Number number) {
  until_ = std::max(until_, number + 1);
  if (known() <= kMostKnown) return;
  if (!is_suspect()) noise_ += kFading * (share() - noise_);
  from_ += (until_ - from_) / 2;
  overloads_ /= 2;
}

void OverloadShare::answered(Number number) {
  know_of(number);
}

void OverloadShare::overloaded(Number number, double at_work) {
  know_of(number);
  left_ = overloads_ == 0 ? at_work : left_ + kMoving * (at_work - left_);
  ++overloads_;
  long_row_ = row_.add(number);
}

double OverloadShare::known() const {
  return static_cast<double>(until_ - from_);
}

double OverloadShare::share() const {
  return overloads_ == 0 ? 0 : std::min(1.0, overloads_ / known());
}

bool OverloadShare::is_suspect() const {
  const double expected = noise_ * known();
  const double chance = kDeviations * std::sqrt(expected * (1 - noise_));
  return overloads_ >= kLeastOverloads && overloads_ > expected + chance + 1;
}

bool OverloadShare::is_load() const {
  if (long_row_ && noise_ < kNoiseOfRows) return true;
  return known() >= kLeastKnown && share() - noise_ > kMostNoise * (1 - noise_);
}

}  // namespace viltree::http
