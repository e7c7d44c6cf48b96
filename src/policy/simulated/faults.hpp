#pragma once

#include <viltree/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

enum class FaultKind : std::uint8_t { kStatus, kReset, kTruncated, kGarbage, kSlow };

struct Fault {
  FaultKind kind = FaultKind::kStatus;
  std::string name;                    ///< as the specification has it
  int status = 0;                      ///< of kStatus
  std::chrono::milliseconds delay{0};  ///< of kSlow
  double probability = 0;
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
