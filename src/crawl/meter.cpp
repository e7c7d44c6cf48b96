#include "meter.hpp"

namespace viltree::crawl {

namespace {

constexpr std::chrono::seconds kWindow{10};
constexpr std::chrono::milliseconds kSpacing{250};

double seconds_of(Meter::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void Meter::sample(Duration now, const archive::Totals& totals) {
  if (now - samples_.back().time < kSpacing) return;
  samples_.push_back({now, totals});
  while (samples_.size() > 2 && now - samples_.front().time > kWindow) samples_.pop_front();
}

void Meter::fill(archive::Progress& progress, Duration now) const {
  progress.seconds = seconds_of(now - start_);
  const Sample& from = samples_.front();
  const double span = seconds_of(now - from.time);
  if (span > 0) {
    const auto tokens = [](const archive::Totals& totals) {
      return totals.usage.completion_tokens.value_or(0);
    };
    progress.rollouts_per_second =
        static_cast<double>(progress.totals.rollouts - from.totals.rollouts) / span;
    progress.tokens_per_second = static_cast<double>(tokens(progress.totals) - tokens(from.totals)) / span;
  }
  const std::uint64_t done_before = first_.totals.trees + first_.totals.rejected;
  const std::uint64_t done_now = progress.problems_done() - done_before;
  const std::uint64_t left = progress.problems - progress.problems_done();
  if (left == 0) {
    progress.seconds_left = 0;
  } else if (done_now > 0) {
    progress.seconds_left = progress.seconds / static_cast<double>(done_now) * static_cast<double>(left);
  }
}

}  // namespace viltree::crawl
