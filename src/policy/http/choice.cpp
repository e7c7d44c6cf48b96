#include "choice.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

using domain::FinishReason;

constexpr std::size_t kShownBytes = 40;

constexpr std::array<std::pair<std::string_view, FinishReason>, 26> kEndings = {{
    {"stop", FinishReason::kStop},
    {"eos", FinishReason::kStop},
    {"eos_token", FinishReason::kStop},
    {"stop_sequence", FinishReason::kStop},
    {"end_turn", FinishReason::kStop},
    {"completed", FinishReason::kStop},
    {"length", FinishReason::kLength},
    {"max_tokens", FinishReason::kLength},
    {"max_length", FinishReason::kLength},
    {"max_output_tokens", FinishReason::kLength},
    {"model_length", FinishReason::kLength},
    {"content_filter", FinishReason::kFilter},
    {"content_filtered", FinishReason::kFilter},
    {"safety", FinishReason::kFilter},
    {"sensitive", FinishReason::kFilter},
    {"recitation", FinishReason::kFilter},
    {"blocklist", FinishReason::kFilter},
    {"prohibited_content", FinishReason::kFilter},
    {"spii", FinishReason::kFilter},
    {"refusal", FinishReason::kFilter},
    {"tool_calls", FinishReason::kFilter},
    {"tool_call", FinishReason::kFilter},
    {"tool_use", FinishReason::kFilter},
    {"function_call", FinishReason::kFilter},
    {"malformed_function_call", FinishReason::kFilter},
    {"unexpected_tool_call", FinishReason::kFilter},
}};

bool has_words(const json::Value* value) {
  if (value == nullptr || value->is_null()) return false;
  return value->is_string() ? !value->get_ref<const std::string&>().empty() : !value->empty();
}

bool is_thought(const json::Value& part) {
  const auto type = json::find_string(part, "type");
  return type == "thinking" || type == "reasoning";
}

}  // namespace

std::optional<FinishReason> finish_reason_of(const json::Value& choice) {
  const auto text = json::find_string(choice, "finish_reason");
  if (!text) return std::nullopt;
  const auto found =
      std::find_if(kEndings.begin(), kEndings.end(),
                   [word = core::ascii_lower(*text)](const auto& one) { return one.first == word; });
  return found == kEndings.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> text_of_content(const json::Value* content) {
  if (content == nullptr || content->is_null()) return std::string();
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) return std::nullopt;
  std::string text;
  for (const json::Value& part : *content) {
    if (is_thought(part)) continue;
    const auto words = json::find_string(part, "text");
    const auto type = json::find_string(part, "type").value_or("text");
    if (!words || (type != "text" && type != "output_text")) return std::nullopt;
    text += *words;
  }
  return text;
}

bool has_withheld(const json::Value& message) {
  return has_words(json::find(message, "tool_calls")) || has_words(json::find(message, "function_call")) ||
         has_words(json::find(message, "refusal"));
}

std::string thoughts_of(const json::Value& message) {
  for (const char* name : {"reasoning_content", "reasoning"}) {
    const json::Value* text = json::find(message, name);
    if (text != nullptr && text->is_string() && has_words(text)) return text->get<std::string>();
  }
  std::string thoughts;
  const json::Value* content = json::find(message, "content");
  if (content == nullptr || !content->is_array()) return thoughts;
  for (const json::Value& part : *content) {
    if (is_thought(part)) thoughts += part.dump(-1, ' ', false, json::Value::error_handler_t::replace);
  }
  return thoughts;
}

std::uint32_t index_of(const json::Value& choice, std::uint32_t otherwise) {
  const auto index = json::find_count(choice, "index");
  if (!index) return otherwise;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(*index, std::numeric_limits<std::uint32_t>::max()));
}

std::optional<std::uint32_t> token_ids_of(const json::Value& choice) {
  const json::Value* ids = json::find(choice, "token_ids");
  if (ids == nullptr || !ids->is_array()) return std::nullopt;
  return static_cast<std::uint32_t>(ids->size());
}

bool tells_end(const json::Value& piece) {
  const json::Value* word = json::find_not_null(piece, "finish_reason");
  return word != nullptr && *word != "" && *word != "null";
}

std::string unknown_ending(const json::Value& choice) {
  const auto text = json::find_string(choice, "finish_reason");
  if (!text) return "a choice without a finish_reason";
  return "a choice with the finish_reason \"" + core::printable(text->substr(0, kShownBytes)) + "\"";
}

}  // namespace viltree::http
