#pragma once

#include "event_stream.hpp"
#include "reply.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace viltree::http {

/// Puts a reply together from the events of its stream: the same as parse_reply() reads from the
/// whole. Not trusted. A stream is whole at its `[DONE]`, or when all choices that were asked for have had
/// their finish_reason, and the usage has come where it is expected; of one that breaks off, or becomes
/// garbage, the choices that have ended are kept.
class StreamedReply {
 public:
  /// `expects_usage`: the server's streams end with a usage.
  explicit StreamedReply(std::uint32_t asked, bool expects_usage = false,
                         Thinking thinking = Thinking::kText);

  void read(std::string_view bytes);

  /// After the last byte, once.
  [[nodiscard]] ReplyResult take();
  /// Whether what has ended is worth keeping of a stream that breaks off: a single choice is not where its
  /// tokens were still to come, because its rows would lack them.
  [[nodiscard]] bool worth_keeping() const { return ended_ > 0 && (asked_ > 1 || has_all_counts()); }
  /// Choices that have had their finish_reason so far.
  [[nodiscard]] std::uint32_t ended() const { return ended_; }

 private:
  struct Growing {
    domain::Completion completion;
    bool ended = false;
    bool ended_twice = false;
    bool withheld = false;
    // Whether every piece came twice in a row, so that an end that is told twice is that of two choices.
    std::string last_piece;
    bool has_half_pair = false;
    bool in_pairs = true;
    std::optional<std::string> lost;  ///< why
    bool has_logprobs = false;
    bool lacks_logprobs = false;
    TokenScores scores;
    std::string thoughts;

    void lose(std::string why) {
      if (!lost) lost = std::move(why);
    }
  };

  [[nodiscard]] static bool is_keep_alive(std::string_view data);

  void on_data(std::string_view data);
  void on_choice(const json::Value& choice);
  static void add_text(Growing& growing, const std::string& more, const json::Value& choice);
  void end(Growing& growing, const json::Value& choice);
  void spoil(ReplyDefect defect);
  [[nodiscard]] bool has_all_counts() const {
    return !expects_usage_ || usage_.completion_tokens || choices_.begin()->second.completion.tokens;
  }

  std::uint32_t asked_;
  bool expects_usage_;
  Thinking thinking_;
  EventStream events_;
  std::map<std::uint32_t, Growing> choices_;
  std::set<std::uint32_t> unasked_;  ///< indices beyond these
  domain::Usage usage_;
  std::uint32_t ended_ = 0;
  bool done_ = false;
  std::optional<ReplyDefect> defect_;
};

}  // namespace viltree::http
