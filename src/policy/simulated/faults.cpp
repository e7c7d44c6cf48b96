#include "faults.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace viltree::simulated {

namespace {

constexpr int kLongestDuration = 600'000;

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

enum class Argument : std::uint8_t { kNone, kOptional, kNeeded };

struct Kind {
  std::string_view name;
  FaultKind kind;
  int status;
  Argument argument;
  int milliseconds;  ///< where the argument is left out
};

constexpr std::array kKinds = {
    Kind{"429", FaultKind::kStatus, 429, Argument::kOptional, 20},
    Kind{"503", FaultKind::kStatus, 503, Argument::kOptional, 20},
    Kind{"reset", FaultKind::kReset, 0, Argument::kNone, 0},
    Kind{"reset-late", FaultKind::kResetLate, 0, Argument::kNone, 0},
    Kind{"truncated", FaultKind::kTruncated, 0, Argument::kNone, 0},
    Kind{"slow", FaultKind::kSlow, 0, Argument::kNeeded, 100},
    Kind{"trickle", FaultKind::kTrickle, 0, Argument::kOptional, 200},
    Kind{"length", FaultKind::kLength, 0, Argument::kNone, 0},
    Kind{"garbage", FaultKind::kGarbage, 0, Argument::kNone, 0},
    Kind{"utf8", FaultKind::kUtf8, 0, Argument::kNone, 0},
    Kind{"duplicate", FaultKind::kDuplicate, 0, Argument::kNone, 0},
    Kind{"missing", FaultKind::kMissing, 0, Argument::kNone, 0},
    Kind{"empty", FaultKind::kEmpty, 0, Argument::kNone, 0},
    Kind{"identical", FaultKind::kIdentical, 0, Argument::kNone, 0},
    Kind{"deep", FaultKind::kDeep, 0, Argument::kNone, 0},
    Kind{"stall", FaultKind::kStall, 0, Argument::kOptional, 200},
    Kind{"no-finish", FaultKind::kNoFinish, 0, Argument::kNone, 0},
    Kind{"dies", FaultKind::kDies, 0, Argument::kOptional, 200},
};
constexpr std::string_view kStorm = "storm";

Fault fault_of(const Kind& kind, double probability) {
  Fault fault;
  fault.kind = kind.kind;
  fault.name = kind.name;
  fault.status = kind.status;
  fault.duration = std::chrono::milliseconds(kind.milliseconds);
  fault.probability = probability;
  return fault;
}

/// None where there is no such kind. Any other status is one too, without an argument.
std::optional<Kind> kind_named(std::string_view name) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [name](const Kind& kind) { return kind.name == name; });
  if (found != kKinds.end()) return *found;
  const int status = parse_number<int>(name).value_or(0);
  if (status < 400 || status > 599) return std::nullopt;
  return Kind{name, FaultKind::kStatus, status, Argument::kNone, 0};
}

std::string kind_names() {
  std::string names;
  for (const Kind& kind : kKinds) {
    if (kind.kind != FaultKind::kStatus) names += std::string(kind.name) + ", ";
  }
  return names + "storm and statuses from 400 to 599";
}

auto wrong_part(std::string_view text, const std::string& what) {
  return core::fail(core::ErrorKind::kInvalidInput, "faults: \"" + std::string(text) + "\": " + what);
}

core::Result<double> parse_probability(std::string_view text, std::string_view number) {
  const auto probability = parse_number<double>(number);
  if (probability && *probability >= 0 && *probability <= 1) return *probability;
  return wrong_part(text, "the probability must be from 0 to 1");
}

/// Every kind but the one that closes the server, with an even share of the probability.
std::vector<Fault> storm(double probability) {
  std::vector<Fault> faults;
  for (const Kind& kind : kKinds) {
    if (kind.kind != FaultKind::kDies)
      faults.push_back(fault_of(kind, probability / static_cast<double>(kKinds.size() - 1)));
  }
  return faults;
}

core::Result<std::vector<Fault>> parse_fault(std::string_view text) {
  const auto parts = split(text, ':');
  const bool all = parts[0] == kStorm;
  const auto kind = all ? std::optional(Kind{kStorm, {}, 0, Argument::kNone, 0}) : kind_named(parts[0]);
  if (!kind) return wrong_part(text, "no such kind; there are " + kind_names());
  const std::size_t least = kind->argument == Argument::kNeeded ? 3 : 2;
  const std::size_t most = kind->argument == Argument::kNone ? 2 : 3;
  if (parts.size() < least || parts.size() > most) {
    const std::string usage = kind->argument == Argument::kNone     ? ":PROBABILITY"
                              : kind->argument == Argument::kNeeded ? ":PROBABILITY:MILLISECONDS"
                                                                    : ":PROBABILITY[:MILLISECONDS]";
    return wrong_part(text, "write " + std::string(kind->name) + usage);
  }
  const auto probability = parse_probability(text, parts[1]);
  if (!probability) return core::fail(probability.error());
  if (all) return storm(*probability);
  Fault fault = fault_of(*kind, *probability);
  if (parts.size() == 3) {
    const auto duration = parse_number<int>(parts[2]);
    if (!duration || *duration < 0 || *duration > kLongestDuration)
      return wrong_part(text, "the argument must be from 0 to 600000 milliseconds");
    fault.duration = std::chrono::milliseconds(*duration);
  }
  return std::vector<Fault>{std::move(fault)};
}

}  // namespace

core::Result<FaultPlan> FaultPlan::parse(std::string_view specification, std::uint64_t seed) {
  FaultPlan plan;
  plan.seed_ = seed;
  if (specification.empty()) return plan;
  double sum = 0;
  for (const std::string_view part : split(specification, ',')) {
    auto faults = parse_fault(part);
    if (!faults) return core::fail(faults.error());
    for (Fault& fault : *faults) {
      sum += fault.probability;
      plan.faults_.push_back(std::move(fault));
    }
  }
  if (sum > 1 + 1e-9)
    return core::fail(core::ErrorKind::kInvalidInput, "faults: the probabilities sum to more than 1");
  return plan;
}

std::optional<Fault> FaultPlan::draw(std::uint64_t n) const {
  double left = core::Random(core::mix64(seed_, n)).uniform();
  for (const Fault& fault : faults_) {
    left -= fault.probability;
    if (left >= 0) continue;
    Fault struck = fault;
    struck.turn = n;
    return struck;
  }
  return std::nullopt;
}

}  // namespace viltree::simulated
