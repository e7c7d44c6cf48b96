#pragma once

#include <viltree/core/text.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/simulated/policy.hpp>

#include <string>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

inline std::string data_url(const std::string& bytes) {
  return "data:image/png;base64," + core::base64_encode(bytes);
}

/// A request for completions of the problem, as a client of vLLM sends it.
inline nlohmann::json chat_body(const domain::Problem& problem, const std::string& prefix, std::uint32_t n,
                                std::uint64_t seed) {
  nlohmann::json content = nlohmann::json::array();
  for (const auto& image : problem.images) {
    content.push_back({{"type", "image_url"}, {"image_url", {{"url", data_url(*image.bytes)}}}});
  }
  content.push_back({{"type", "text"}, {"text", problem.question}});
  nlohmann::json body = {{"model", kModelName}, {"n", n}, {"seed", seed}, {"max_tokens", 1024}};
  body["messages"] = {{{"role", "user"}, {"content", content}}};
  if (!prefix.empty()) {
    body["messages"].push_back({{"role", "assistant"}, {"content", prefix}});
    body["continue_final_message"] = true;
    body["add_generation_prompt"] = false;
  }
  return body;
}

}  // namespace viltree::simulated
