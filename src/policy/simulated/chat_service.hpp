#pragma once

#include "chat_request.hpp"
#include "faults.hpp"
#include "request_log.hpp"

#include <viltree/core/result.hpp>
#include <viltree/simulated/server.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace viltree::simulated {

struct HttpRequest {
  std::string_view method;
  std::string_view target;
  std::string_view body;
};

/// What becomes of the connection.
enum class Delivery : std::uint8_t { kWhole, kTruncated, kReset };

struct HttpReply {
  int status = 200;
  std::string body;
  std::string allow;  ///< of a 405
  Delivery delivery = Delivery::kWhole;
  std::chrono::milliseconds delay{0};
};

/// The server without its sockets: from a request to a reply and a line in the log. Thread-safe.
class ChatService {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<ChatService>> open(const ServerOptions& options);

  [[nodiscard]] HttpReply answer(const HttpRequest& request);

  /// For a request that could not be read as HTTP, or is too large.
  [[nodiscard]] HttpReply refuse(int status, const std::string& message);

 private:
  struct Record;
  ChatService(const ServerOptions& options, FaultPlan faults, std::unique_ptr<RequestLog> log);

  HttpReply route(const HttpRequest& request, Record& record);
  HttpReply chat(std::string_view body, Record& record);
  HttpReply complete(const ChatRequest& request, Record& record) const;
  [[nodiscard]] HttpReply models() const;
  [[nodiscard]] HttpReply logged(HttpReply reply, const Record& record);

  const std::string model_;
  const std::chrono::milliseconds delay_;
  const std::uint64_t seed_;
  const FaultPlan faults_;
  const std::unique_ptr<RequestLog> log_;
  std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace viltree::simulated
