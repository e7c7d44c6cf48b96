#pragma once

#include <viltree/archive/progress.hpp>

#include <chrono>
#include <cstdint>
#include <deque>

namespace viltree::crawl {

/// Rates over the last seconds, from totals that are shown to it now and then.
class Meter {
 public:
  using Duration = std::chrono::nanoseconds;

  Meter(Duration now, const archive::Totals& at_start)
      : start_(now), first_{now, at_start}, samples_{first_} {}

  void sample(Duration now, const archive::Totals& totals);
  /// Sets seconds, the rates and the time left.
  void fill(archive::Progress& progress, Duration now) const;
  [[nodiscard]] Duration elapsed(Duration now) const { return now - start_; }

 private:
  struct Sample {
    Duration time;
    archive::Totals totals;
  };
  Duration start_;
  Sample first_;
  std::deque<Sample> samples_;
};

}  // namespace viltree::crawl
