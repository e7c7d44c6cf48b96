#pragma once

#include "backoff.hpp"
#include "failure.hpp"
#include "transport.hpp"

#include <viltree/core/random.hpp>
#include <viltree/policy/policy.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace viltree::http {

/// One request, with all its attempts. Called on the network thread alone.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  [[nodiscard]] virtual HttpRequest request() const = 0;  ///< for each attempt anew
  [[nodiscard]] virtual std::uint32_t sequences() const = 0;
  [[nodiscard]] virtual std::uint32_t retries() const = 0;
  /// False: nobody waits for it any more, so no further attempt is made.
  [[nodiscard]] virtual bool is_wanted() const = 0;
  /// Takes the reply in, or says why not.
  [[nodiscard]] virtual std::optional<Failure> accept(HttpReply reply) = 0;
  /// Once, as the last call: success after an accepted reply, else the error.
  virtual void finish(core::Status status) = 0;
};

struct ClientOptions {
  std::uint32_t in_flight = 64;  ///< sequences
  Backoff backoff;
  std::uint64_t jitter_seed = 0;
};

/// Sends calls first come first served, so that at most `in_flight` sequences are at the server, and repeats
/// what failed for a while.
///
///   submit ─► queue ─► in flight ─► accepted, or out of attempts ─► finish
///               ▲          │
///               └─ resting ◄┘ (a failure that may pass; back to the head of the queue)
///
/// A deadline starts when an attempt is sent: waiting in the queue or resting costs none of it.
/// Runs on the network thread, counts() aside.
class Client {
 public:
  Client(boost::asio::io_context& loop, Transport& transport, const ClientOptions& options);

  /// A call of more than `in_flight` sequences is a bug.
  void submit(std::unique_ptr<Call> call);
  /// Finishes every call with kCancelled. Also called on a loop that has ended.
  void cancel_all();
  [[nodiscard]] policy::PolicyCounts counts() const;

 private:
  struct Task {
    Task(boost::asio::io_context& loop, std::unique_ptr<Call> c) : call(std::move(c)), rest(loop) {}
    std::unique_ptr<Call> call;
    std::uint32_t attempts = 0;
    boost::asio::steady_timer rest;
  };
  using TaskPtr = std::shared_ptr<Task>;

  void send_what_fits();
  void send(const TaskPtr& task);
  void on_reply(const TaskPtr& task, HttpReply reply);
  void rest(const TaskPtr& task, const Failure& failure);
  void finish(const TaskPtr& task, core::Status status);

  boost::asio::io_context& loop_;
  Transport& transport_;
  ClientOptions options_;
  core::Random jitter_;
  std::deque<TaskPtr> queue_;
  std::unordered_set<TaskPtr> tasks_;  ///< all that are not finished
  std::uint32_t in_flight_ = 0;

  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace viltree::http
