#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace viltree::http::testing {

/// A choice of a whole reply.
inline nlohmann::json choice(int index, const std::string& text, const std::string& finish = "stop") {
  return {{"index", index}, {"message", {{"content", text}}}, {"finish_reason", finish}};
}

/// A reply with these choices and nothing else.
inline std::string body_of(const std::vector<nlohmann::json>& choices) {
  return nlohmann::json{{"choices", choices}}.dump();
}

}  // namespace viltree::http::testing
