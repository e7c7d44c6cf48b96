#include "mailbox.hpp"

#include <utility>

namespace viltree::crawl {

void Mailbox::put(Letter letter) {
  const core::Lock lock(mutex_);
  letters_.push_back(std::move(letter));
  if (letters_.size() >= wanted_) arrived_.notify_one();
}

std::vector<Letter> Mailbox::take(std::chrono::nanoseconds timeout, std::chrono::nanoseconds linger,
                                  std::size_t enough) {
  const core::Lock lock(mutex_);
  if (letters_.empty()) {
    wanted_ = 1;
    arrived_.wait_for(mutex_, timeout);
  }
  if (!letters_.empty() && letters_.size() < enough) {
    wanted_ = enough;
    arrived_.wait_for(mutex_, linger);
  }
  return std::exchange(letters_, {});
}

}  // namespace viltree::crawl
