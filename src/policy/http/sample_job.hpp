#pragma once

#include "chat_answer.hpp"
#include "chat_request.hpp"
#include "client.hpp"
#include "failure.hpp"

#include <viltree/policy/policy.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace viltree::http {

/// What all samples of a started policy share.
struct ChatSetup {
  ReplyContext context;
  std::string url;  ///< of chat completions
  ChatRequestWriter writer;
  std::uint32_t choices_per_request = 1;
  std::chrono::milliseconds timeout{600'000};
  std::uint32_t retries = 6;
};

/// One Policy::sample(): asks for n siblings in as few requests as the server allows, asks again for those
/// that a reply lacks (at least one comes with each, so it ends), and answers when all are there, or none is
/// under way any more. Made on any thread, then lives on the network thread.
class SampleJob : public std::enable_shared_from_this<SampleJob> {
 public:
  SampleJob(Client& client, std::shared_ptr<const ChatSetup> setup, policy::Sample sample,
            policy::OnAnswer on_answer);

  void start();

 private:
  class ChatCall;

  void ask(std::uint32_t first, std::uint32_t count, std::uint32_t per_request);
  void take(std::uint32_t first, ChatAnswer answer);
  void fail(const core::Error& error);
  void answer_when_done();

  Client& client_;
  std::shared_ptr<const ChatSetup> setup_;
  policy::Sample sample_;
  policy::OnAnswer on_answer_;
  Segment prefix_;
  policy::Answer answer_;
  std::uint32_t calls_ = 0;  ///< under way
  std::optional<core::Error> error_;
};

}  // namespace viltree::http
