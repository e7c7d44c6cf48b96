#pragma once

#include "inquiry.hpp"

#include <viltree/core/result.hpp>

namespace viltree::http {

/// Whether the server goes on from a prefix's exact last byte, and keeps its blanks: probe.hpp says how that
/// shows. What was found is in the setup, and an error says what closes the turn as far as that shows.
[[nodiscard]] core::Status look_at_continuation(Inquiry& inquiry);

/// Whether it plainly goes on when it is asked in the ways of this setup's dialect: a list of numbers that
/// breaks off within one. False where it refuses, or fails. kCancelled once all is stopped.
[[nodiscard]] core::Result<bool> goes_on(Inquiry& inquiry);

}  // namespace viltree::http
