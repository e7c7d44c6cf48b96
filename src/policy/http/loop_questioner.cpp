#include "loop_questioner.hpp"

#include "curl_transport.hpp"

#include <future>
#include <utility>

namespace viltree::http {

namespace {

/// A question that waits for its reply, which is none once the question is dropped.
class Waiting {
 public:
  explicit Waiting(std::promise<std::optional<HttpReply>> promise) : promise_(std::move(promise)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    if (!told_) promise_.set_value(std::nullopt);
  }
  void tell(HttpReply reply) {
    told_ = true;
    promise_.set_value(std::move(reply));
  }

 private:
  std::promise<std::optional<HttpReply>> promise_;
  bool told_ = false;
};

}  // namespace

LoopQuestioner::LoopQuestioner(NetworkThread& network, Asking& asking, const TransportOptions& options)
    : network_(network),
      asking_(asking),
      transport_(std::make_shared<CurlTransport>(network.loop(), options)) {
  const bool posted =
      network_.post([&asking = asking_, transport = transport_] { asking.push_back(transport); });
  static_cast<void>(posted);
}

/// The transport is let go where it is used: none but the network thread has it from here on.
LoopQuestioner::~LoopQuestioner() {
  const bool posted = network_.post(
      [&asking = asking_, transport = std::move(transport_)] { std::erase(asking, transport); });
  static_cast<void>(posted);
}

std::optional<HttpReply> LoopQuestioner::ask(HttpRequest request) {
  std::promise<std::optional<HttpReply>> promise;
  auto told = promise.get_future();
  auto waiting = std::make_shared<Waiting>(std::move(promise));
  const bool posted =
      network_.post([transport = transport_, request = std::move(request), waiting]() mutable {
        transport->send(std::move(request), [waiting](HttpReply reply) { waiting->tell(std::move(reply)); });
      });
  waiting.reset();
  return posted ? told.get() : std::nullopt;
}

}  // namespace viltree::http
