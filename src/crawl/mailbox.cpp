#include "mailbox.hpp"

#include <utility>

namespace viltree::crawl {

void Mailbox::put(Letter letter) {
  const core::Lock lock(mutex_);
  letters_.push_back(std::move(letter));
  if (letters_.size() >= wanted_) arrived_.notify_one();
}

bool Mailbox::empty() {
  const core::Lock lock(mutex_);
  return letters_.empty();
}

std::vector<Letter> Mailbox::take(const core::Clock& clock, std::chrono::nanoseconds timeout,
                                  std::chrono::nanoseconds linger, std::size_t enough) {
  const core::Lock lock(mutex_);
  if (letters_.empty() && timeout.count() > 0) {
    wanted_ = 1;
    clock.wait(arrived_, mutex_, timeout);
  }
  if (!letters_.empty() && letters_.size() < enough && linger.count() > 0) {
    wanted_ = enough;
    clock.wait(arrived_, mutex_, linger);
  }
  return std::exchange(letters_, {});
}

}  // namespace viltree::crawl
