#pragma once

#include "reply.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace viltree::simulated {

/// A reply as server-sent events, in the order in which its tokens are decoded. Not thread-safe.
class ReplyStream {
 public:
  /// Both must outlive it.
  ReplyStream(const Reply& reply, const Dialect& dialect);

  /// The events that are new when `decoded[i]` tokens of the i-th choice are decoded: what names its role,
  /// its text up to there, and, at its last token, its finish reason. A token that ends within a character is
  /// never cut there.
  [[nodiscard]] std::vector<std::string> advance(const std::vector<std::uint32_t>& decoded);

  /// The events after the last choice's end: the usage where it was asked for, and the end's mark.
  [[nodiscard]] std::vector<std::string> close() const;

  /// All of it, token by token, the siblings in turn.
  [[nodiscard]] static std::vector<std::string> whole(const Reply& reply, const Dialect& dialect);

 private:
  struct State {
    bool begun = false;
    bool thought = false;
    bool ended = false;
    std::uint32_t tokens = 0;  ///< of the text, that were sent
    std::size_t bytes = 0;
  };
  [[nodiscard]] std::string event(const Choice& choice, OrderedJson content, const std::string& text,
                                  const OrderedJson& finish,
                                  std::pair<std::size_t, std::size_t> tokens) const;
  [[nodiscard]] OrderedJson delta(const std::string& text, bool first) const;
  void advance_choice(const Choice& choice, State& state, std::uint32_t decoded,
                      std::vector<std::string>& events) const;

  [[nodiscard]] std::string keep_alive();

  const Reply& reply_;
  const Dialect& dialect_;
  std::vector<State> states_;
  std::size_t keep_alives_ = 0;  ///< so far
};

}  // namespace viltree::simulated
