#pragma once

#include "body.hpp"

#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/http/options.hpp>
#include <viltree/policy/policy.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace viltree::http {

/// An image in a request, encoded once for all requests about its problem.
struct PromptImage {
  Segment data_url;
  Segment name;  ///< its sha256: what a server may remember it by
  Segment path;  ///< below the data set's root, percent-encoded; empty: it has none
};

/// A piece of the user's message.
using PromptPart = std::variant<Segment, PromptImage>;  // a text, as the inside of a JSON string

/// What all requests about one problem share. Each kind of server puts it together in its own way. Immutable.
class ChatPrompt final : public policy::Prompt {
 public:
  ChatPrompt(std::vector<PromptPart> parts, std::uint64_t key);

  [[nodiscard]] const std::vector<PromptPart>& parts() const { return parts_; }
  [[nodiscard]] bool has_images() const { return images_ > 0; }
  /// By which an endpoint is chosen.
  [[nodiscard]] std::uint64_t key() const { return key_; }
  /// A rough count, for the limit of prompt tokens in flight.
  [[nodiscard]] std::uint64_t tokens() const { return tokens_; }

 private:
  std::vector<PromptPart> parts_;
  std::uint64_t key_;
  std::size_t images_ = 0;
  std::uint64_t tokens_ = 0;
};

using PromptPtr = std::shared_ptr<const ChatPrompt>;

/// Tokens of a text, roughly.
[[nodiscard]] constexpr std::uint64_t estimated_tokens(std::size_t text_bytes) {
  return text_bytes / 3 + 1;
}

/// Images go as data URLs, each encoded once. A mark such as <image1> (image 1) or <image> (the next one) in
/// the text is replaced by its image; images without a mark come before the text. A mark without an image
/// stays text. kInvalidInput where the problem cannot be sent.
[[nodiscard]] core::Result<PromptPtr> make_chat_prompt(const PromptTemplates& templates,
                                                       const domain::Problem& problem);

/// The user's text: the template with the question and the choices in it.
[[nodiscard]] std::string render_user_text(const std::string& user_template, const domain::Problem& problem);

}  // namespace viltree::http
