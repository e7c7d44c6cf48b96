#include "chat_turns.hpp"

#include "dialect.hpp"

#include <viltree/core/limits.hpp>

namespace viltree::simulated {

namespace {

using Json = nlohmann::json;
namespace limits = core::limits;

/// Empty where the message has none.
std::string role_of(const Json& message) {
  const auto role = message.find("role");
  return role != message.end() && role->is_string() ? role->get<std::string>() : "";
}

void read_image(const Json& part, const ReadingOptions& options, CompletionRequest& request,
                Members& members) {
  if (!options.dialect.takes_images) return members.fail("this model takes no images");
  if (request.images.size() == limits::kImagesPerProblem) {
    return members.fail("more than " + std::to_string(limits::kImagesPerProblem) + " images");
  }
  if (auto picture = options.images.take(part, options.dialect.image_uuids, members)) {
    request.context.push_back({"", picture->hash});
    request.images.push_back(std::move(*picture));
  }
}

/// The text of a message; images go to the request.
std::string read_content(const Json& message, const ReadingOptions& options, CompletionRequest& request,
                         Members& members) {
  const auto content = message.find("content");
  if (content != message.end() && content->is_string()) return content->get<std::string>();
  if (content == message.end() || !content->is_array()) {
    members.fail("a message's `content` must be a string or a list of parts");
    return {};
  }
  std::string text;
  for (const Json& part : *content) {
    Members fields(part);
    const std::string type = part.is_object() ? fields.text("type") : "";
    if (type == "text") {
      text += fields.text("text");
    } else if (type == "image_url") {
      read_image(part, options, request, members);
    } else {
      members.fail("a content part must be of type text or image_url");
    }
    if (fields.error()) members.fail(*fields.error());
  }
  return text;
}

void read_turn(const Json& message, bool last, const ReadingOptions& options, ChatTurns& turns,
               Members& members) {
  CompletionRequest& request = turns.request;
  const std::string role = role_of(message);
  std::string text = read_content(message, options, request, members);
  if (role == "user") {
    if (!request.question.empty()) request.question += '\n';
    turns.last_user_turn = request.question.size();
    request.question += text;
  } else if (role != "system" && role != "developer" && role != "assistant") {
    members.fail("a message's `role` must be system, developer, user or assistant");
  }
  if (last) {
    turns.last_role = role;
    turns.last_is_text = message.contains("content") && message.at("content").is_string();
    if (role == "assistant") {
      turns.assistant = std::move(text);
      return;
    }
  }
  request.context.push_back({std::move(text), std::nullopt});
}

void close(ChatTurns& turns) {
  CompletionRequest& request = turns.request;
  if (turns.continued) {
    request.prefix = turns.assistant;
    request.open_turn = turns.assistant;
  } else if (turns.ends_with_assistant()) {
    request.context.push_back({turns.assistant, std::nullopt});
  }
}

}  // namespace

void read_turns(const ReadingOptions& options, CompletionRequest& request, Members& members) {
  const Json* messages = members.find("messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    return members.fail("`messages` must be a list with at least one message", "messages");
  }
  for (const Json& message : *messages) {
    if (!message.is_object()) return members.fail("a message must be an object", "messages");
  }
  ChatTurns turns{request, "", false, "", 0, false};
  for (std::size_t i = 0; i < messages->size(); ++i) {
    read_turn((*messages)[i], i + 1 == messages->size(), options, turns, members);
  }
  options.dialect.settle(turns, members);
  close(turns);
}

}  // namespace viltree::simulated
