#include "raw_prompt.hpp"

#include <viltree/core/limits.hpp>

#include <optional>

namespace viltree::simulated {

namespace {

constexpr std::string_view kStart = "<|im_start|>";
constexpr std::string_view kEnd = "<|im_end|>";
constexpr std::string_view kImage = "![](";

struct Conversation {
  std::string question;
  std::size_t open_turn = 0;  ///< where the assistant's open turn begins in the prompt
};

/// None where the prompt is no ChatML that ends in an open turn of the assistant.
std::optional<Conversation> read_chatml(std::string_view prompt) {
  Conversation conversation;
  for (std::size_t at = prompt.find(kStart); at != std::string_view::npos; at = prompt.find(kStart, at)) {
    const std::size_t role_at = at + kStart.size();
    const std::size_t role_end = prompt.find('\n', role_at);
    if (role_end == std::string_view::npos) return std::nullopt;
    const std::string_view role = prompt.substr(role_at, role_end - role_at);
    const std::size_t end = prompt.find(kEnd, role_end);
    if (end == std::string_view::npos) {
      conversation.open_turn = role_end + 1;
      return role == "assistant" ? std::optional(conversation) : std::nullopt;
    }
    if (role == "user") {
      if (!conversation.question.empty()) conversation.question += '\n';
      conversation.question += prompt.substr(role_end + 1, end - role_end - 1);
    }
    at = end + kEnd.size();
  }
  return std::nullopt;
}

/// The text without its images, which go to the request.
std::string take_images(std::string_view text, CompletionRequest& request, Members& members) {
  std::string rest;
  while (true) {
    const std::size_t at = text.find(kImage);
    const std::size_t end = at == std::string_view::npos ? at : text.find(')', at);
    if (end == std::string_view::npos) break;
    const auto url = text.substr(at + kImage.size(), end - at - kImage.size());
    request.context.push_back({std::string(text.substr(0, at)), std::nullopt});
    if (request.images.size() == core::limits::kImagesPerProblem) {
      members.fail("more than " + std::to_string(core::limits::kImagesPerProblem) + " images");
    } else if (auto picture = ImageShelf::from_data_url(url, members)) {
      request.context.push_back({"", picture->hash});
      request.images.push_back(std::move(*picture));
    }
    rest += text.substr(0, at);
    text.remove_prefix(end + 1);
  }
  request.context.push_back({std::string(text), std::nullopt});
  return rest += text;
}

}  // namespace

void read_raw_prompt(std::string_view prompt, bool markdown_images, CompletionRequest& request,
                     Members& members) {
  const std::size_t open = [&] {
    const auto conversation = read_chatml(prompt);
    return conversation ? conversation->open_turn : prompt.size();
  }();
  const std::string_view head = prompt.substr(0, open);
  std::string text(head);
  if (markdown_images) {
    text = take_images(head, request, members);
  } else {
    request.context.push_back({text, std::nullopt});
  }
  request.open_turn = prompt.substr(open);
  request.prefix = request.open_turn;
  auto conversation = read_chatml(text);
  request.question = conversation ? std::move(conversation->question) : std::move(text);
}

}  // namespace viltree::simulated
