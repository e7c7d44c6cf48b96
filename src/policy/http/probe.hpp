#pragma once

#include "backoff.hpp"
#include "lane.hpp"
#include "questioner.hpp"

#include <viltree/core/result.hpp>

#include <cstdint>

namespace viltree::http {

/// What may be asked of a server beside its options.
struct ProbeOptions {
  std::chrono::milliseconds timeout{60'000};
  std::uint32_t retries = 2;  ///< further attempts of one question after a failure that may pass
  Backoff backoff;
};

/// Asks a server a few small questions, to see whether it does what a crawl needs, and writes what it found
/// into the setup's findings, and what follows from it into its other members:
///
/// - continuation: it goes on from a prefix's exact last byte. Shown by a list of numbers that breaks off
///   within a number, and by the prompt's tokens: a turn that was closed and opened again costs tokens, and
///   blanks that were trimmed save some.
/// - siblings: n choices differ at the run's temperature.
/// - stop strings: they end the text, where the run has some.
/// - length limit: it is heeded. Token counts: those of several siblings are the sum of all.
/// - usage: tokens are counted, cached ones too.
/// - images: they are taken and seen, as data URLs: they cost tokens, or two of them get different answers.
///   file:// URLs are not tried.
///
/// kTransient where it does not answer; kInvalidInput where it refuses us, or where what it does would
/// corrupt data: the message says what, and what to do.
[[nodiscard]] core::Status probe(Questioner& questioner, LaneSetup& setup, const ProbeOptions& options);

/// A request that costs next to nothing.
[[nodiscard]] HttpRequest canary_request(const LaneSetup& setup, std::chrono::milliseconds timeout);

}  // namespace viltree::http
