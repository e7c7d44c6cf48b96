#include <viltree/core/background.hpp>

namespace viltree::core {

namespace {

class ThreadWork final : public BackgroundWork {
 public:
  explicit ThreadWork(std::function<void()> work) : done_(std::async(std::launch::async, std::move(work))) {}
  [[nodiscard]] bool done() const override {
    return done_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  void wait() override { done_.wait(); }
  void wait_for(std::chrono::milliseconds most) override { done_.wait_for(most); }

 private:
  std::future<void> done_;
};

class Threads final : public Background {
 public:
  [[nodiscard]] std::unique_ptr<BackgroundWork> begin(std::function<void()> work) override {
    return std::make_unique<ThreadWork>(std::move(work));
  }
};

}  // namespace

Background& threads() {
  static Threads only;
  return only;
}

}  // namespace viltree::core
