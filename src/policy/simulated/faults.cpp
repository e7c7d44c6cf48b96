#include "faults.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <charconv>

namespace viltree::simulated {

namespace {

constexpr int kLongestDelay = 600'000;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Fault> kind_named(std::string_view name) {
  Fault fault;
  fault.name = name;
  if (name == "reset") {
    fault.kind = FaultKind::kReset;
  } else if (name == "truncated") {
    fault.kind = FaultKind::kTruncated;
  } else if (name == "garbage") {
    fault.kind = FaultKind::kGarbage;
  } else if (name == "slow") {
    fault.kind = FaultKind::kSlow;
  } else {
    fault.status = parse_number<int>(name).value_or(0);
    if (fault.status < 400 || fault.status > 599) return std::nullopt;
  }
  return fault;
}

core::Result<Fault> parse_fault(std::string_view text) {
  const auto wrong = [text](const std::string& what) {
    return core::fail(core::ErrorKind::kInvalidInput, "faults: \"" + std::string(text) + "\": " + what);
  };
  const auto parts = split(text, ':');
  auto fault = kind_named(parts[0]);
  if (!fault)
    return wrong("no such kind; there are reset, truncated, garbage, slow and statuses from 400 to 599");
  const bool slow = fault->kind == FaultKind::kSlow;
  if (parts.size() != (slow ? 3 : 2))
    return wrong(slow ? "write slow:PROBABILITY:MILLISECONDS" : "write KIND:PROBABILITY");
  const auto probability = parse_number<double>(parts[1]);
  if (!probability || !(*probability >= 0 && *probability <= 1))
    return wrong("the probability must be from 0 to 1");
  fault->probability = *probability;
  if (!slow) return *fault;
  const auto delay = parse_number<int>(parts[2]);
  if (!delay || *delay < 0 || *delay > kLongestDelay)
    return wrong("the delay must be from 0 to 600000 milliseconds");
  fault->delay = std::chrono::milliseconds(*delay);
  return *fault;
}

}  // namespace

core::Result<FaultPlan> FaultPlan::parse(std::string_view specification, std::uint64_t seed) {
  FaultPlan plan;
  plan.seed_ = seed;
  if (specification.empty()) return plan;
  double sum = 0;
  for (const std::string_view part : split(specification, ',')) {
    auto fault = parse_fault(part);
    if (!fault) return core::fail(fault.error());
    sum += fault->probability;
    plan.faults_.push_back(std::move(*fault));
  }
  if (sum > 1 + 1e-9)
    return core::fail(core::ErrorKind::kInvalidInput, "faults: the probabilities sum to more than 1");
  return plan;
}

std::optional<Fault> FaultPlan::draw(std::uint64_t n) const {
  double left = core::Random(core::mix64(seed_, n)).uniform();
  for (const Fault& fault : faults_) {
    left -= fault.probability;
    if (left < 0) return fault;
  }
  return std::nullopt;
}

}  // namespace viltree::simulated
