#include "stop_signal.hpp"

#include <viltree/core/fatal.hpp>

#include <csignal>

#include <unistd.h>

namespace viltree::cli {

namespace {

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_stop_signal(int) {
  if (stop_requested.exchange(true)) _exit(static_cast<int>(core::ExitCode::kInterrupted));
}

}  // namespace

const std::atomic<bool>& install_stop_signal() {
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  return stop_requested;
}

}  // namespace viltree::cli
