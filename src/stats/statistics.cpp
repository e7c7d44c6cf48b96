#include <viltree/stats/stats.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace viltree::stats {

std::uint64_t Coverage::unfinished() const {
  return problems - std::min(problems, trees + rejected);
}

void LabelSums::add(double label) {
  value.add(label);
  zeros += label == 0 ? 1 : 0;
  ones += label == 1 ? 1 : 0;
}

void LabelSums::add(const LabelSums& other) {
  value.add(other.value);
  zeros += other.zeros;
  ones += other.ones;
}

void Widths::add(double width) {
  widths.add(width);
  within_tenth += width <= 0.1 ? 1 : 0;
  within_fifth += width <= 0.2 ? 1 : 0;
  within_half += width <= 0.5 ? 1 : 0;
  known += width == 0 ? 1 : 0;
  ++thousandths[static_cast<std::size_t>(std::lround(std::clamp(width, 0.0, 1.0) * 1000))];
}

void Widths::add(const Widths& other) {
  widths.add(other.widths);
  within_tenth += other.within_tenth;
  within_fifth += other.within_fifth;
  within_half += other.within_half;
  known += other.known;
  for (std::size_t i = 0; i < thousandths.size(); ++i) thousandths[i] += other.thousandths[i];
}

std::optional<double> Widths::median_beyond(std::uint64_t narrowest) const {
  const std::uint64_t others = widths.all.count - narrowest;
  if (others == 0) return std::nullopt;
  const std::uint64_t middle = narrowest + (others + 1) / 2;
  std::uint64_t seen = 0;
  std::size_t place = 0;
  while ((seen += thousandths[place]) < middle) ++place;
  return static_cast<double>(place) / 1000;
}

std::optional<double> Statistics::share_of(domain::Verdict verdict) const {
  const std::uint64_t all = std::accumulate(verdicts.begin(), verdicts.end(), std::uint64_t{0});
  return share(verdicts[static_cast<std::size_t>(verdict)], all);
}

}  // namespace viltree::stats
