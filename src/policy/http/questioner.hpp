#pragma once

#include "exchange.hpp"

#include <chrono>

namespace viltree::http {

/// Asks one server, and waits for what it says. For the questions at the start, which come one after the
/// other.
class Questioner {
 public:
  Questioner() = default;
  Questioner(const Questioner&) = delete;
  Questioner& operator=(const Questioner&) = delete;
  virtual ~Questioner() = default;

  /// The reply; none once everything is stopped.
  [[nodiscard]] virtual std::optional<HttpReply> ask(HttpRequest request) = 0;
  /// Waits, unless everything is stopped.
  virtual void pause(std::chrono::milliseconds time) = 0;
};

}  // namespace viltree::http
