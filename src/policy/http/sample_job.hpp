#pragma once

#include "dispatcher.hpp"
#include "reply.hpp"

#include <viltree/http/options.hpp>
#include <viltree/policy/policy.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace viltree::http {

/// What all samples of a started policy share.
struct SampleSetup {
  std::chrono::milliseconds timeout = HttpLimits{}.timeout;
  std::chrono::milliseconds stall = HttpLimits{}.stall;
  std::vector<std::string> stop;
  bool stream = false;
  bool greedy = false;  ///< temperature 0: siblings are the same
  Thinking thinking = Thinking::kText;
};

/// Completions that a sample of n may cost beyond n: siblings are checked, drawn anew, or asked for again.
[[nodiscard]] constexpr std::uint32_t spare_completions(std::uint32_t n) {
  return n + 2;
}

/// One Policy::sample(): asks for n siblings in as few requests as the server allows, asks again for those
/// that a reply lacks, and answers when all are there, or none is under way any more. Sibling i always has
/// the sample's seed + i, whichever request brings it. While one request fails and is sent again, the
/// siblings that have come are kept here. Made on any thread, then lives on the network thread.
///
/// A sibling of which a reply does not say what became of it is asked for again, a few times, and then given
/// up alone: a completion that is lost. Where all of them are, the sample is refused.
///
/// Where all siblings of one reply are the same, the second is asked for once more alone: a server whose
/// siblings come out of one draw then says something else, and its siblings are asked for one by one.
class SampleJob : public std::enable_shared_from_this<SampleJob> {
 public:
  SampleJob(Dispatcher& dispatcher, std::shared_ptr<const SampleSetup> setup, std::size_t model,
            policy::Sample sample, policy::OnResult on_result);

  void start();

 private:
  class SampleCall;
  class CheckCall;

  void pay(const ParsedReply& parsed, const std::string& model);
  [[nodiscard]] bool spend(std::uint32_t completions);
  void take(std::uint32_t first, std::uint32_t count, ParsedReply parsed);
  void keep(std::uint32_t first, ParsedReply parsed);
  void ask_for_missing(std::uint32_t first, std::uint32_t count, std::uint32_t at_once);
  void lose(std::uint32_t first, std::uint32_t count, std::string why);
  void fail(const core::Error& error);
  void answer_when_done();

  Dispatcher& dispatcher_;
  std::shared_ptr<const SampleSetup> setup_;
  std::size_t model_;
  policy::Sample sample_;
  PromptPtr prompt_;  ///< the sample's
  policy::OnResult on_result_;
  Segment prefix_;
  domain::Bill bill_ = domain::Bill::nothing();
  std::vector<std::optional<domain::Completion>> siblings_;
  std::uint32_t came_ = 0;   ///< choices, lost ones included
  std::uint32_t spare_ = 0;  ///< completions that may be paid for beyond n
  std::uint32_t lost_ = 0;   ///< siblings that are given up
  std::string why_lost_;     ///< the last of them
  std::uint32_t calls_ = 0;  ///< under way
  std::optional<core::Error> error_;
};

}  // namespace viltree::http
