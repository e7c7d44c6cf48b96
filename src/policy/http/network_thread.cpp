#include "network_thread.hpp"

#include <utility>

#include <signal.h>

namespace viltree::http {

namespace {

/// OpenSSL writes to sockets that may be closed; the signal would end the program.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

NetworkThread::NetworkThread()
    : thread_([this] {
        block_sigpipe();
        loop_.run();
      }) {}

NetworkThread::~NetworkThread() {
  end({});
  join();
}

bool NetworkThread::post(std::function<void()> task) {
  const core::Lock lock(mutex_);
  if (!ends_) loop_.post(std::move(task));
  return !ends_;
}

void NetworkThread::pause(std::chrono::milliseconds time) {
  const core::Lock lock(mutex_);
  const auto until = loop_.now() + time;
  while (!ends_ && loop_.now() < until) ending_.wait_for(mutex_, until - loop_.now());
}

bool NetworkThread::ends() const {
  const core::Lock lock(mutex_);
  return ends_;
}

void NetworkThread::end(std::function<void()> last) {
  const core::Lock lock(mutex_);
  if (std::exchange(ends_, true)) return;
  loop_.post([this, last = std::move(last)] {
    if (last) last();
    loop_.stop();
  });
  ending_.notify_all();
}

void NetworkThread::join() {
  const core::Lock lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace viltree::http
