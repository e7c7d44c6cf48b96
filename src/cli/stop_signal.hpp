#pragma once

#include <atomic>

namespace viltree::cli {

/// Set by the first SIGINT, SIGTERM or SIGHUP. The second one ends the process at once (exit code 130), which
/// the journal makes safe. Call once, before any thread is started.
const std::atomic<bool>& install_stop_signal();

}  // namespace viltree::cli
