#pragma once

#include "inquiry.hpp"

#include <viltree/core/result.hpp>

#include <cstdint>

namespace viltree::http {

/// Whether the server goes on from a prefix's exact last byte, and keeps its blanks: probe.hpp says how that
/// shows. What was found is in the setup, and an error says what closes the turn as far as that shows.
[[nodiscard]] core::Status look_at_continuation(Inquiry& inquiry);

enum class GoesOn : std::uint8_t {
  kNo,       ///< or it refuses, or fails
  kPerhaps,  ///< it seems to, and counts no tokens that would tell a guess from that
  kYes,
};

/// Whether it plainly goes on when it is asked in the ways of this setup's dialect: a list of numbers that
/// breaks off within one. kCancelled once all is stopped.
[[nodiscard]] core::Result<GoesOn> goes_on(Inquiry& inquiry);

}  // namespace viltree::http
