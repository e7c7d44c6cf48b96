#pragma once

#include "network_thread.hpp"
#include "questioner.hpp"
#include "rate_limit.hpp"
#include "transport.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace viltree::http {

/// The transports by which questions are under way: who cancels them ends the questions. For the network
/// thread.
using Asking = std::vector<std::shared_ptr<Transport>>;

/// Asks by a transport of its own on the network thread, no faster than the rate allows, and waits on another
/// for what is said. `network` and `asking` outlive it.
class LoopQuestioner final : public Questioner {
 public:
  LoopQuestioner(NetworkThread& network, Asking& asking, const TransportOptions& options,
                 const RateOptions& rate);
  ~LoopQuestioner() override;

  [[nodiscard]] std::optional<HttpReply> ask(HttpRequest request) override;
  void pause(std::chrono::milliseconds time) override { network_.pause(time); }

 private:
  void wait_for_rate(const Body& body);

  NetworkThread& network_;
  Asking& asking_;
  std::shared_ptr<Transport> transport_;
  RateLimit rate_;
};

}  // namespace viltree::http
