#pragma once

#include "body.hpp"

#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/http/http_policy.hpp>
#include <viltree/policy/policy.hpp>

#include <memory>
#include <vector>

namespace viltree::http {

/// The start of every chat request about one problem: `"messages":[`, the system's message, the user's
/// message. The list is left open for the assistant's.
class ChatPrompt final : public policy::Prompt {
 public:
  explicit ChatPrompt(std::vector<Segment> segments) : segments_(std::move(segments)) {}
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }

 private:
  std::vector<Segment> segments_;
};

/// Images go as data URLs, each encoded once. A mark such as <image1> (image 1) or <image> (the next one) in
/// the text is replaced by its image; images without a mark come before the text. A mark without an image
/// stays text. kInvalidInput where the problem cannot be sent.
[[nodiscard]] core::Result<std::shared_ptr<const ChatPrompt>> make_chat_prompt(
    const PromptTemplates& templates, const domain::Problem& problem);

/// The user's text: the template with the question and the choices in it.
[[nodiscard]] std::string render_user_text(const std::string& user_template, const domain::Problem& problem);

}  // namespace viltree::http
