#pragma once

#include "body.hpp"
#include "dialect.hpp"
#include "prompt.hpp"

#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace viltree::http {

/// What differs between two requests about the same prefix.
struct ChatDraw {
  std::uint32_t n = 1;
  std::uint32_t max_tokens = 1024;
  std::uint64_t seed = 0;
};

/// Writes chat completions requests for one model at one server. Immutable, so any thread may use it.
class ChatRequestWriter {
 public:
  ChatRequestWriter(std::string model, const policy::SamplingOptions& sampling, const Dialect& dialect);

  /// The assistant's message, to be shared by all requests about this prefix (UTF-8; empty: no such message).
  [[nodiscard]] static Segment write_prefix(std::string_view prefix);

  [[nodiscard]] Body write(const ChatPrompt& prompt, const Segment& prefix, const ChatDraw& draw) const;

  /// The greatest n that the server takes.
  [[nodiscard]] std::uint32_t choices_per_request() const { return choices_per_request_; }
  [[nodiscard]] const std::string& model() const { return model_; }

 private:
  std::string model_;
  const Dialect& dialect_;
  bool has_stop_;
  std::uint32_t choices_per_request_;
  Segment head_;
};

}  // namespace viltree::http
