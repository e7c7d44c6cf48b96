#include "engine.hpp"

#include <utility>

namespace viltree::simulated {

Engine::Engine(boost::asio::io_context& io, const BatchOptions& options) : batch_(options), timer_(io) {}

Batch::Time Engine::now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

std::optional<Batch::JobId> Engine::submit(BatchJob job, OnDone on_done) {
  std::optional<Batch::JobId> id;
  std::vector<Call> calls;
  {
    const core::Lock lock(mutex_);
    id = batch_.submit(now(), std::move(job));
    if (id) waiting_.emplace(*id, std::move(on_done));
    calls = take_done();
    arm();
  }
  run(std::move(calls));
  return id;
}

void Engine::cancel(Batch::JobId id) {
  const core::Lock lock(mutex_);
  waiting_.erase(id);
  batch_.cancel(now(), id);
  arm();
}

std::vector<std::uint32_t> Engine::decoded(Batch::JobId id) {
  const core::Lock lock(mutex_);
  return batch_.decoded(id, now());
}

BatchCounts Engine::counts() {
  const core::Lock lock(mutex_);
  return batch_.counts(now());
}

std::vector<Engine::Call> Engine::take_done() {
  std::vector<Call> calls;
  for (const Batch::Done& done : batch_.advance(now())) {
    if (auto node = waiting_.extract(done.job))
      calls.push_back({std::move(node.mapped()), done.cached_tokens});
  }
  return calls;
}

/// A timer that is set for an earlier time is left: it sets itself anew when it fires.
void Engine::arm() {
  const auto next = batch_.next();
  if (!next || (armed_ && *armed_ <= *next)) return;
  armed_ = next;
  timer_.expires_at(std::chrono::steady_clock::time_point(*next));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) on_timer();
  });
}

void Engine::on_timer() {
  std::vector<Call> calls;
  {
    const core::Lock lock(mutex_);
    armed_.reset();
    calls = take_done();
    arm();
  }
  run(std::move(calls));
}

void Engine::run(std::vector<Call> calls) {
  for (Call& call : calls) call.on_done(call.cached_tokens);
}

}  // namespace viltree::simulated
