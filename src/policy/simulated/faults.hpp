#pragma once

#include <viltree/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// The table in server.hpp says what each does.
enum class FaultKind : std::uint8_t {
  kStatus,
  kReset,
  kResetLate,
  kTruncated,
  kSlow,
  kTrickle,
  kLength,
  kGarbage,
  kUtf8,
  kDuplicate,
  kMissing,
  kEmpty,
  kIdentical,
  kDeep,
  kStall,
  kNoFinish,
  kDies,
};

struct Fault {
  FaultKind kind = FaultKind::kStatus;
  std::string name;                       ///< as the specification has it, without its numbers
  int status = 0;                         ///< of kStatus
  std::chrono::milliseconds duration{0};  ///< the argument: of kSlow, kTrickle, kStall, kDies, 429 and 503
  double probability = 0;
  std::uint64_t turn = 0;  ///< of faults that take several forms by turns: the request's number
};

/// What goes wrong, and how often. Immutable.
class FaultPlan {
 public:
  /// The grammar is in server.hpp. kInvalidInput with the part that is wrong.
  [[nodiscard]] static core::Result<FaultPlan> parse(std::string_view specification, std::uint64_t seed);

  /// What strikes the n-th request; a function of the seed and n.
  [[nodiscard]] std::optional<Fault> draw(std::uint64_t n) const;

 private:
  std::vector<Fault> faults_;
  std::uint64_t seed_ = 0;
};

}  // namespace viltree::simulated
