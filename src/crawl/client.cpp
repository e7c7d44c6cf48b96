#include "client.hpp"

#include <utility>

namespace viltree::crawl {

using core::ErrorKind;
using Fate = Returned::Fate;

Client::Client(Asked asked, policy::Policy& policy, const Tariff& tariff, std::chrono::seconds patience,
               std::shared_ptr<Mailbox> mailbox)
    : asked_(asked),
      policy_(policy),
      tariff_(tariff),
      watch_(name(asked), patience),
      mailbox_(std::move(mailbox)) {}

bool Client::has_room_for(std::uint32_t completions) const {
  return in_flight_ == 0 || in_flight_ + completions <= policy_.max_sequences();
}

void Client::send(const Wanted& wanted, const Amount& reserved, policy::Sample sample) {
  in_flight_ += wanted.n;
  flights_.emplace(wanted.key(), Flight{wanted, reserved});
  sample.begun = begun_.of(wanted.key());
  policy_.sample(std::move(sample),
                 [mailbox = mailbox_, asked = asked_, key = wanted.key()](policy::SampleResult result) {
                   mailbox->put({asked, key.first, key.second, std::move(result)});
                 });
}

Returned Client::take_back(Letter& letter, Duration now) {
  const auto flight = flights_.extract({letter.problem, letter.ticket});
  Returned back{Fate::kAnswered, flight.mapped().wanted, flight.mapped().reserved};
  in_flight_ -= back.wanted.n;
  const ActionKey key = back.wanted.key();
  if (!letter.result) keep_begun(letter, key);
  back.fate = fate_of(letter, back.wanted, now);
  if (back.fate == Fate::kAnswered || back.fate == Fate::kGivenUp) {
    queue_.settle(key);
    begun_.forget(key);
  }
  return back;
}

/// An error that brings nothing takes nothing away from what was there.
void Client::keep_begun(Letter& letter, const ActionKey& key) {
  policy::Begun& begun = letter.result.error().begun;
  if (begun.bill.requests == 0) begun = begun_.of(key);
  begun_.keep(key, begun);
}

Fate Client::fate_of(Letter& letter, const Wanted& wanted, Duration now) {
  if (letter.result || letter.result.error().kind == ErrorKind::kPermanent) return Fate::kAnswered;
  if (letter.result.error().kind == ErrorKind::kTransient) return rest(letter, wanted, now);
  if (letter.result.error().kind == ErrorKind::kInvalidInput && !refused_)
    refused_ = letter.result.error().message;
  queue_.add(wanted);
  return Fate::kWaits;
}

/// One sample failed while others were answered: its tree waits, and it is sent again after a pause.
Fate Client::rest(Letter& letter, const Wanted& wanted, Duration now) {
  if (queue_.rest(wanted, now)) return Fate::kRests;
  core::Error& error = letter.result.error();
  error.kind = ErrorKind::kPermanent;
  error.message = "gave up after " + std::to_string(SendQueue::kMostAttempts) + " attempts: " + error.message;
  return Fate::kGivenUp;
}

}  // namespace viltree::crawl
