#include "client.hpp"

#include <boost/asio/post.hpp>

namespace viltree::http {

Client::Client(boost::asio::io_context& loop, Transport& transport, const ClientOptions& options)
    : loop_(loop), transport_(transport), options_(options), jitter_(options.jitter_seed) {}

void Client::submit(std::unique_ptr<Call> call) {
  VILTREE_CHECK(call->sequences() <= options_.in_flight);
  auto task = std::make_shared<Task>(loop_, std::move(call));
  tasks_.insert(task);
  queue_.push_back(std::move(task));
  send_what_fits();
}

void Client::send_what_fits() {
  while (!queue_.empty() && in_flight_ + queue_.front()->call->sequences() <= options_.in_flight) {
    const TaskPtr task = std::move(queue_.front());
    queue_.pop_front();
    send(task);
  }
}

void Client::send(const TaskPtr& task) {
  if (!task->call->is_wanted()) {
    // Later, because finishing may submit, and this may be within a submit.
    boost::asio::post(loop_, [this, task] {
      finish(task, core::fail(core::ErrorKind::kCancelled, "not wanted any more"));
    });
    return;
  }
  in_flight_ += task->call->sequences();
  ++requests_;
  if (task->attempts++ > 0) ++retries_;
  transport_.send(task->call->request(), [this, task](HttpReply reply) { on_reply(task, std::move(reply)); });
}

void Client::on_reply(const TaskPtr& task, HttpReply reply) {
  in_flight_ -= task->call->sequences();
  requests_ += reply.resent;
  retries_ += reply.resent;
  failures_ += reply.resent;
  send_what_fits();  // before the reply is looked at: the server shall not wait for that
  const auto failure = task->call->accept(std::move(reply));
  if (!failure) return finish(task, {});
  ++failures_;
  if (!failure->retry) return finish(task, core::fail(failure->error));
  if (task->attempts <= task->call->retries() && task->call->is_wanted()) return rest(task, *failure);
  const std::string attempts =
      task->attempts == 1 ? "1 attempt" : std::to_string(task->attempts) + " attempts";
  finish(task, core::fail(failure->error.kind, failure->error.message + " (" + attempts + ")"));
}

void Client::rest(const TaskPtr& task, const Failure& failure) {
  task->rest.expires_after(backoff_wait(options_.backoff, task->attempts, failure.wait, jitter_.uniform()));
  task->rest.async_wait([this, task](const boost::system::error_code& error) {
    if (error || !tasks_.contains(task)) return;
    queue_.push_front(task);
    send_what_fits();
  });
}

void Client::finish(const TaskPtr& task, core::Status status) {
  if (tasks_.erase(task) == 0) return;
  task->call->finish(std::move(status));
}

void Client::cancel_all() {
  transport_.cancel_all();
  queue_.clear();
  in_flight_ = 0;
  while (!tasks_.empty()) {
    const TaskPtr task = *tasks_.begin();
    task->rest.cancel();
    finish(task, core::fail(core::ErrorKind::kCancelled, "the policy was stopped"));
  }
}

policy::PolicyCounts Client::counts() const {
  return {requests_, retries_, failures_};
}

}  // namespace viltree::http
