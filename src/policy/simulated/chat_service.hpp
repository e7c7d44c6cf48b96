#pragma once

#include "batch.hpp"
#include "completion_request.hpp"
#include "dialect.hpp"
#include "faults.hpp"
#include "http_message.hpp"
#include "oddities.hpp"
#include "reply.hpp"
#include "request_log.hpp"
#include "request_tally.hpp"

#include <viltree/core/result.hpp>
#include <viltree/simulated/server.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace viltree::simulated {

/// A request on its way: answered already, or drawn and waiting for its time.
struct Exchange {
  std::optional<HttpReply> ready;  ///< where nothing is to be generated
  Reply reply;                     ///< to be written
  BatchJob job;                    ///< what the reply costs; without sequences where replies come at once
  std::optional<Fault> fault;
  bool stream = false;
  OrderedJson log_line;

  /// It is a stream whose tokens may be sent as they come.
  [[nodiscard]] bool live() const { return stream && !fault; }
};

/// The server without its sockets and its time: from a request to a reply and a line in the log. Thread-safe.
class ChatService {
 public:
  /// kInvalidInput where an option makes no sense; kPermanent where the log cannot be opened.
  [[nodiscard]] static core::Result<std::unique_ptr<ChatService>> open(const ServerOptions& options);

  /// The reply at once, whatever the engine's options say.
  [[nodiscard]] HttpReply reply_to(const HttpRequest& request);

  // The same in steps. An exchange without a reply is either refused as busy() or accepted, and then finished
  // or streamed.
  [[nodiscard]] Exchange begin(const HttpRequest& request);
  /// Logs and counts it. A reply where the log cannot be written.
  [[nodiscard]] std::optional<HttpReply> accept(Exchange& exchange);
  /// The queue is full.
  [[nodiscard]] HttpReply busy(Exchange& exchange);
  /// `cached_tokens`: of the prompt; none where there is no cache.
  [[nodiscard]] HttpReply finish(Exchange& exchange, std::optional<std::uint64_t> cached_tokens) const;

  /// For a request that could not be read as HTTP, or is too large.
  [[nodiscard]] HttpReply refuse(int status, const std::string& message);

  /// Where stats() asks for the engine's counts; to be set before the first request.
  void watch(std::function<BatchCounts()> engine) { engine_counts_ = std::move(engine); }
  [[nodiscard]] ServerStats stats() const;

  [[nodiscard]] const Dialect& dialect() const { return dialect_; }
  [[nodiscard]] const BatchOptions& batch_options() const { return batch_; }
  /// Replies take their time.
  [[nodiscard]] bool batches() const;
  [[nodiscard]] std::chrono::milliseconds delay() const { return delay_; }

 private:
  ChatService(const ServerOptions& options, const Dialect& dialect, FaultPlan faults, Oddities oddities,
              std::unique_ptr<RequestLog> log);

  void route(const HttpRequest& request, Exchange& exchange);
  void complete(const HttpRequest& request, bool chat, Exchange& exchange);
  void draw(const CompletionRequest& request, Exchange& exchange) const;
  void plan(const CompletionRequest& request, const std::vector<Draw>& draws, Exchange& exchange) const;
  void describe(const CompletionRequest& request, Exchange& exchange) const;
  [[nodiscard]] HttpReply page(std::string_view path) const;
  [[nodiscard]] HttpReply models() const;
  [[nodiscard]] HttpReply refusal(ApiError error) const;
  [[nodiscard]] HttpReply logged(HttpReply reply, OrderedJson line);

  const std::string model_;
  const Dialect& dialect_;
  const BatchOptions batch_;
  const double length_sigma_;
  const std::chrono::milliseconds delay_;
  const std::uint64_t seed_;
  const FaultPlan faults_;
  const Oddities oddities_;
  const std::unique_ptr<RequestLog> log_;
  ImageShelf images_;
  RequestTally tally_;
  std::function<BatchCounts()> engine_counts_;
  std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace viltree::simulated
