#include "asio_loop.hpp"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace viltree::http {

namespace asio = boost::asio;

namespace {

/// Its wait may be over before it is called off, so that the call asks whether it is still wanted.
class AsioTimer final : public Timer {
 public:
  AsioTimer(asio::io_context& context, Loop::Time wait, std::function<void()> task) : timer_(context, wait) {
    timer_.async_wait([wanted = wanted_, task = std::move(task)](const boost::system::error_code&) {
      if (*wanted) task();
    });
  }
  AsioTimer(const AsioTimer&) = delete;
  AsioTimer& operator=(const AsioTimer&) = delete;
  ~AsioTimer() override { *wanted_ = false; }

 private:
  std::shared_ptr<bool> wanted_ = std::make_shared<bool>(true);
  asio::steady_timer timer_;
};

}  // namespace

struct AsioLoop::Context {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

AsioLoop::AsioLoop() : context_(std::make_unique<Context>()) {}

AsioLoop::~AsioLoop() = default;

void AsioLoop::run() {
  context_->context.run();
}

void AsioLoop::stop() {
  context_->context.stop();
}

asio::io_context& AsioLoop::context() {
  return context_->context;
}

Loop::Time AsioLoop::now() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void AsioLoop::post(std::function<void()> task) {
  asio::post(context_->context, std::move(task));
}

std::unique_ptr<Timer> AsioLoop::after(Time wait, std::function<void()> task) {
  return std::make_unique<AsioTimer>(context_->context, wait, std::move(task));
}

}  // namespace viltree::http
