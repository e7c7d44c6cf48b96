#pragma once

#include "body.hpp"
#include "chat_template.hpp"
#include "dialect.hpp"
#include "prompt.hpp"

#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::http {

/// How the requests of one endpoint are written.
struct WriterOptions {
  std::string model;
  const Dialect* dialect = nullptr;
  Continuation continuation = Continuation::kMessage;
  policy::SamplingOptions sampling;
  std::string system;               ///< message; empty: none
  ChatTemplate chat_template = {};  ///< for raw prompts
  bool stream = false;
  bool logprobs = false;
  ImageMode images = ImageMode::kData;
  std::string media_path;
  std::string extra = {};  ///< further keys, as Endpoint::extra
  Thinking thinking = Thinking::kText;
};

/// What differs between two requests about the same prefix.
struct RequestDraw {
  std::uint32_t n = 1;
  std::uint32_t max_tokens = domain::kUsualMaxTokens;
  std::uint64_t seed = 0;
  bool images_by_name = false;  ///< the server has seen them: their names suffice
};

/// What servers take as a seed, for a sample's: 30 bits, so that the seeds of siblings, which follow one
/// another, fit into 32 with a sign everywhere.
[[nodiscard]] constexpr std::uint64_t server_seed(std::uint64_t seed) {
  return seed & 0x3FFFFFFFU;
}

/// A prefix as the inside of a JSON string, to be shared by all requests about it (UTF-8).
[[nodiscard]] Segment make_prefix(std::string_view prefix);

/// Writes requests for one model at one server. Immutable, so any thread may use it. Images and prefixes are
/// shared, not copied.
class RequestWriter {
 public:
  explicit RequestWriter(WriterOptions options);

  [[nodiscard]] Body write(const ChatPrompt& prompt, const Segment& prefix, const RequestDraw& draw) const;

  /// Below the endpoint's url.
  [[nodiscard]] std::string_view path() const;
  /// The greatest n that the server takes.
  [[nodiscard]] std::uint32_t choices_per_request() const { return choices_per_request_; }
  [[nodiscard]] const WriterOptions& options() const { return options_; }

 private:
  void write_messages(const ChatPrompt& prompt, const Segment& prefix, bool by_name, BodyBuilder& body) const;
  void write_content(const ChatPrompt& prompt, const Segment& prefix, bool by_name, BodyBuilder& body) const;
  void write_image(const PromptImage& image, bool by_name, BodyBuilder& body) const;
  void write_raw(const ChatPrompt& prompt, const Segment& prefix, BodyBuilder& body) const;
  [[nodiscard]] std::string tail(const RequestDraw& draw, bool has_prefix) const;

  WriterOptions options_;
  std::uint32_t choices_per_request_;
  std::string head_;
  std::string thinking_settings_;  ///< where the model may think
  std::string settings_;           ///< the last keys, with the closing brace
  std::string raw_before_;
  std::string raw_after_;
  std::string file_root_;
};

}  // namespace viltree::http
