#include "loop_questioner.hpp"

#include "curl_transport.hpp"
#include "prompt.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace viltree::http {

namespace {

/// What a question at the start can come to: its text, or an image, and some siblings with a few tokens each.
constexpr std::size_t kQuestionBytes = 1500;
constexpr std::uint64_t kAnswerTokens = 100;

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

LoopQuestioner::LoopQuestioner(NetworkThread& network, Asking& asking, const TransportOptions& options,
                               const RateOptions& rate)
    : network_(network),
      asking_(asking),
      transport_(std::make_shared<CurlTransport>(network.loop(), options)),
      rate_(rate) {
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

/// A list of models is in no provider's limit.
void LoopQuestioner::wait_for_rate(const Body& body) {
  const std::uint64_t tokens = estimated_tokens(std::min(body.size(), kQuestionBytes)) + kAnswerTokens;
  while (!network_.ends()) {
    const Loop::Time now = network_.loop().now();
    const Loop::Time when = rate_.when(now, tokens);
    if (when <= now) return rate_.sent(now, 1, tokens);
    network_.pause(std::chrono::ceil<std::chrono::milliseconds>(when - now));
  }
}

std::optional<HttpReply> LoopQuestioner::ask(HttpRequest request) {
  if (request.body) wait_for_rate(*request.body);
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
