#include "turns.hpp"

#include <utility>

namespace viltree::test {

class TurnsWork final : public core::BackgroundWork {
 public:
  TurnsWork(Turns& turns, std::shared_ptr<Turns::Worker> worker)
      : turns_(turns), worker_(std::move(worker)) {}
  ~TurnsWork() override {
    finish();
    worker_->thread.join();
  }
  [[nodiscard]] bool done() const override {
    const core::Lock lock(turns_.mutex_);
    return worker_->state == Turns::State::kDone;
  }
  void wait() override { finish(); }
  void wait_for(std::chrono::milliseconds) override {
    const core::Lock lock(turns_.mutex_);
    if (worker_->state != Turns::State::kDone) turns_.run_one();
  }

 private:
  void finish() {
    const core::Lock lock(turns_.mutex_);
    while (worker_->state != Turns::State::kDone) turns_.run_one();
  }

  Turns& turns_;
  std::shared_ptr<Turns::Worker> worker_;
};

std::unique_ptr<core::BackgroundWork> Turns::begin(std::function<void()> work) {
  const core::Lock lock(mutex_);
  auto worker = std::make_shared<Worker>();
  running_ = worker;
  workers_.push_back(worker);
  worker->thread = std::thread([this, worker, work = std::move(work)] {
    work();
    const core::Lock inner(mutex_);
    worker->state = State::kDone;
    std::erase(workers_, worker);
    running_.reset();
    changed_.notify_all();
  });
  wait_until_none_runs();
  return std::make_unique<TurnsWork>(*this, std::move(worker));
}

void Turns::step() {
  const core::Lock lock(mutex_);
  if (is_main()) {
    while (!workers_.empty() && random_.between(0, 2) == 0) run_one();
    return;
  }
  const std::shared_ptr<Worker> worker = running_;
  worker->state = State::kWaiting;
  running_.reset();
  changed_.notify_all();
  while (running_ != worker) changed_.wait(mutex_);
  worker->state = State::kRunning;
}

/// Lets one of those that wait go on until its next step or its end.
void Turns::run_one() {
  const auto pick = random_.between(0, static_cast<std::int64_t>(workers_.size()) - 1);
  running_ = workers_[static_cast<std::size_t>(pick)];
  changed_.notify_all();
  wait_until_none_runs();
}

void Turns::wait_until_none_runs() {
  while (running_) changed_.wait(mutex_);
}

}  // namespace viltree::test
