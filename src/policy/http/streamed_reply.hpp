#pragma once

#include "event_stream.hpp"
#include "reply.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

/// Puts a reply together from the events of its stream: the same as parse_reply() reads from the
/// whole. Not trusted. A stream must reach its `[DONE]`, and every choice its finish_reason.
class StreamedReply {
 public:
  explicit StreamedReply(std::uint32_t asked);

  void read(std::string_view bytes);

  /// After the last byte. An error that the server sent within the stream is in `server_error()`.
  [[nodiscard]] ReplyResult take();
  [[nodiscard]] const std::optional<std::string>& server_error() const { return server_error_; }
  /// Choices that have had their finish_reason so far.
  [[nodiscard]] std::uint32_t ended() const { return ended_; }

 private:
  struct Growing {
    domain::Completion completion;
    bool ended = false;
    bool has_logprobs = false;
    bool lacks_logprobs = false;
    TokenScores scores;
  };

  void on_data(std::string_view data);
  void on_choice(const json::Value& choice);
  void spoil(ReplyDefect defect);

  std::uint32_t asked_;
  EventStream events_;
  std::map<std::uint32_t, Growing> choices_;
  domain::Usage usage_;
  std::uint32_t ended_ = 0;
  bool done_ = false;
  std::optional<ReplyDefect> defect_;
  std::optional<std::string> server_error_;
};

}  // namespace viltree::http
