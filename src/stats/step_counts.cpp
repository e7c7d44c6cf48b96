#include "step_counts.hpp"

#include <algorithm>
#include <utility>

namespace viltree::stats {

std::string beginning(std::string_view text) {
  if (text.size() <= kMostTextBytes) return std::string(text);
  std::size_t end = kMostTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

void StepCounter::add(std::string_view step, std::uint64_t hash) {
  const auto [found, is_new] = places_.try_emplace(hash, counts_.size());
  if (is_new) counts_.push_back({hash, 0, beginning(step)});
  ++counts_[found->second].rows;
}

void DistinctSample::add(std::uint64_t hash, std::uint64_t rows) {
  if (!is_sampled(hash)) return;
  rows_[hash] += rows;
  while (rows_.size() > capacity_) raise_level();
}

void DistinctSample::raise_level() {
  ++level_;
  std::erase_if(rows_, [&](const auto& entry) { return !is_sampled(entry.first); });
}

double DistinctSample::distinct() const {
  return static_cast<double>(rows_.size()) * static_cast<double>(std::uint64_t{1} << level_);
}

double DistinctSample::singles() const {
  const auto found =
      std::count_if(rows_.begin(), rows_.end(), [](const auto& entry) { return entry.second == 1; });
  return static_cast<double>(found) * static_cast<double>(std::uint64_t{1} << level_);
}

void FrequentSteps::add(const StepCount& step) {
  const auto found = places_.find(step.hash);
  if (found != places_.end()) {
    add_rows(found->second, step.rows);
  } else if (heap_.size() < capacity_) {
    places_[step.hash] = heap_.size();
    heap_.push_back({step.hash, {step.text, step.rows, 0}});
    rise(heap_.size() - 1);
  } else {
    Counter& least = heap_.front();
    places_.erase(least.hash);
    places_[step.hash] = 0;
    const std::uint64_t error = least.step.count;
    least = {step.hash, {step.text, error, error}};
    add_rows(0, step.rows);
  }
}

void FrequentSteps::add_rows(std::size_t place, std::uint64_t rows) {
  heap_[place].step.count += rows;
  sink(place);
}

bool FrequentSteps::is_less(std::size_t a, std::size_t b) const {
  // By hash where the counts are the same, so that it is always clear whose counter goes.
  return std::pair(heap_[a].step.count, heap_[a].hash) < std::pair(heap_[b].step.count, heap_[b].hash);
}

void FrequentSteps::swap(std::size_t a, std::size_t b) {
  std::swap(heap_[a], heap_[b]);
  places_[heap_[a].hash] = a;
  places_[heap_[b].hash] = b;
}

void FrequentSteps::rise(std::size_t at) {
  while (at > 0 && is_less(at, (at - 1) / 2)) {
    swap(at, (at - 1) / 2);
    at = (at - 1) / 2;
  }
}

void FrequentSteps::sink(std::size_t at) {
  for (std::size_t child = 2 * at + 1; child < heap_.size(); child = 2 * at + 1) {
    if (child + 1 < heap_.size() && is_less(child + 1, child)) ++child;
    if (!is_less(child, at)) return;
    swap(child, at);
    at = child;
  }
}

std::vector<FrequentStep> FrequentSteps::most(std::size_t number) const {
  std::vector<FrequentStep> steps;
  for (const Counter& counter : heap_) {
    if (counter.step.count - counter.step.error >= 2) steps.push_back(counter.step);
  }
  const auto before = [](const FrequentStep& a, const FrequentStep& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  };
  std::sort(steps.begin(), steps.end(), before);
  steps.resize(std::min(steps.size(), number));
  return steps;
}

}  // namespace viltree::stats
