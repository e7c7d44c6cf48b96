#include "client.hpp"

#include <utility>

namespace viltree::crawl {

using Why = policy::Uncompleted::Why;

Client::Client(Asked asked, policy::Policy& policy, const Tariff& tariff, std::chrono::milliseconds patience,
               std::shared_ptr<Mailbox> mailbox)
    : asked_(asked),
      policy_(policy),
      tariff_(tariff),
      watch_(name(asked), patience),
      mailbox_(std::move(mailbox)) {}

Amount Client::most_of_completions(std::uint32_t completions, std::uint64_t prompt) const {
  const Tariff now{tariff_.prices, policy_.most_tokens(tariff_.max_tokens)};
  return now.most(completions, prompt);
}

Amount Client::most_of(std::uint32_t n, std::uint32_t requests, std::uint64_t prompt) const {
  const std::uint32_t completions = policy_.most_completions(n);
  return most_of_completions(completions, prompt * (requests + completions - n));
}

bool Client::has_room_for(std::uint32_t completions) const {
  return in_flight_ == 0 || in_flight_ + completions <= policy_.max_sequences();
}

void Client::send(const Wanted& wanted, const OpenTree& tree, const Amount& reserved) {
  in_flight_ += wanted.n;
  flights_.emplace(wanted.key(), Flight{wanted.n, reserved});
  policy_.sample(sample(wanted, tree),
                 [mailbox = mailbox_, asked = asked_, key = wanted.key()](policy::SampleResult result) {
                   mailbox->put({asked, key.first, key.second, std::move(result)});
                 });
}

Amount Client::take_back(const Letter& letter) {
  const auto flight = flights_.extract({letter.problem, letter.ticket});
  in_flight_ -= flight.mapped().n;
  if (!letter.result && !letter.result.error().refused()) give_up(letter.result.error());
  return flight.mapped().reserved;
}

void Client::give_up(const policy::Uncompleted& stopped) {
  stopped_.usage.add(stopped.bill.usage);
  stopped_.uncounted += stopped.bill.uncounted(0);
  if (stopped.why == Why::kRefusesUs && !refused_) refused_ = stopped.reason;
}

}  // namespace viltree::crawl
