#include "chat_template.hpp"

#include <viltree/http/http_policy.hpp>

#include <array>

namespace viltree::http {

namespace {

constexpr std::string_view kUser = "{user}";
constexpr std::string_view kSystem = "{system}";

struct Named {
  std::string_view name;
  std::string_view system;  ///< the system's turn; empty: the family has none, and it leads the user's text
  std::string_view turn;    ///< the user's turn, and the opening of the assistant's
};

constexpr std::array kTemplates = {
    Named{"chatml", "<|im_start|>system\n{system}<|im_end|>\n",
          "<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"},
    Named{"llama-3", "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{system}<|eot_id|>",
          "<|start_header_id|>user<|end_header_id|>\n\n{user}<|eot_id|>"
          "<|start_header_id|>assistant<|end_header_id|>\n\n"},
    Named{"mistral", "", "[INST] {user} [/INST]"},
    Named{"gemma", "", "<start_of_turn>user\n{user}<end_of_turn>\n<start_of_turn>model\n"},
    Named{"phi-3", "<|system|>\n{system}<|end|>\n", "<|user|>\n{user}<|end|>\n<|assistant|>\n"},
};

ChatTemplate complete(const Named& named) {
  const std::string turn(named.turn);
  if (!named.system.empty()) return {std::string(named.system) + turn, turn};
  std::string led = turn;
  led.replace(led.find(kUser), kUser.size(), std::string(kSystem) + "\n\n" + std::string(kUser));
  return {led, turn};
}

}  // namespace

std::optional<ChatTemplate> find_chat_template(std::string_view name_or_text) {
  for (const Named& named : kTemplates) {
    if (named.name == name_or_text) return complete(named);
  }
  if (name_or_text.find(kUser) == std::string_view::npos) return std::nullopt;
  return ChatTemplate{std::string(name_or_text), std::string(name_or_text)};
}

RenderedTemplate render(const ChatTemplate& chat, std::string_view system) {
  const std::string& text = system.empty() ? chat.without : chat.with_system;
  const std::size_t user = text.find(kUser);
  RenderedTemplate rendered{text.substr(0, user), text.substr(user + kUser.size())};
  for (std::string* piece : {&rendered.before, &rendered.after}) {
    if (const std::size_t at = piece->find(kSystem); at != std::string::npos) {
      piece->replace(at, kSystem.size(), system);
    }
  }
  return rendered;
}

std::vector<std::string> chat_template_names() {
  std::vector<std::string> names;
  for (const Named& named : kTemplates) names.emplace_back(named.name);
  return names;
}

}  // namespace viltree::http
