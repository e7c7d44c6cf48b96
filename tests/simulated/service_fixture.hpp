#pragma once

#include "chat_body.hpp"
#include "chat_service.hpp"

#include <viltree/policy/reprompt.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace viltree::simulated {

inline std::unique_ptr<ChatService> open_service(const ServerOptions& options = {}) {
  return ChatService::open(options).value();
}

inline std::unique_ptr<ChatService> open_dialect(const std::string& dialect) {
  ServerOptions options;
  options.dialect = dialect;
  return open_service(options);
}

inline HttpReply post_chat(ChatService& service, const nlohmann::json& body) {
  const std::string text = body.dump();
  return service.reply_to({"POST", "/v1/chat/completions", text});
}

inline HttpReply post_raw(ChatService& service, const nlohmann::json& body) {
  const std::string text = body.dump();
  return service.reply_to({"POST", "/v1/completions", text});
}

inline HttpReply get(ChatService& service, const std::string& target) {
  return service.reply_to({"GET", target, ""});
}

inline nlohmann::json with(nlohmann::json body, const std::string& key, nlohmann::json value) {
  body[key] = std::move(value);
  return body;
}

inline nlohmann::json without(nlohmann::json body, const std::string& key) {
  body.erase(key);
  return body;
}

inline std::string chatml(const std::string& question, const std::string& prefix) {
  return "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n" + question +
         "<|im_end|>\n<|im_start|>assistant\n" + prefix;
}

/// A request that this dialect continues, and the path that it goes to.
struct Continuation {
  std::string path = "/v1/chat/completions";
  nlohmann::json body;
};

inline Continuation continuation(const std::string& dialect, const domain::Problem& problem,
                                 const std::string& prefix, std::uint32_t n, std::uint64_t seed) {
  Continuation made;
  made.body = chat_body(problem, prefix, n, seed);
  if (dialect == "vllm") return made;
  made.body.erase("add_generation_prompt");
  if (dialect == "sglang") return made;
  made.body.erase("continue_final_message");
  if (dialect == "llama-cpp-python") {
    made.path = "/v1/completions";
    made.body.erase("messages");
    made.body["prompt"] = chatml(problem.question, prefix);
  } else if (dialect == "openai" && !prefix.empty()) {
    auto& messages = made.body["messages"];
    messages.erase(1);
    messages[0]["content"].back()["text"] = problem.question + policy::reprompt(prefix);
  }
  return made;
}

inline HttpReply post(ChatService& service, const Continuation& request) {
  const std::string text = request.body.dump();
  return service.reply_to({"POST", request.path, text});
}

/// What a client makes of a stream's events.
struct Streamed {
  struct Choice {
    std::string text;
    std::string finish;
    int finishes = 0;
    int deltas = 0;
    bool has_role = false;
  };
  std::map<int, Choice> choices;
  std::vector<int> order;  ///< the indices of the deltas
  nlohmann::json usage;    ///< of a chunk without choices
  bool done = false;
};

inline Streamed read_stream(const HttpReply& reply) {
  Streamed streamed;
  REQUIRE(reply.status == 200);
  REQUIRE(reply.content_type.starts_with("text/event-stream"));
  REQUIRE_FALSE(reply.chunk_ends.empty());
  CHECK(reply.chunk_ends.back() == reply.body.size());
  std::size_t begin = 0;
  for (const std::size_t end : reply.chunk_ends) {
    const std::string event = reply.body.substr(begin, end - begin);
    begin = end;
    REQUIRE(event.starts_with("data: "));
    REQUIRE(event.ends_with("\n\n"));
    REQUIRE_FALSE(streamed.done);
    if (event == "data: [DONE]\n\n") {
      streamed.done = true;
      continue;
    }
    const auto chunk = nlohmann::json::parse(event.substr(6));
    if (chunk.at("choices").empty()) streamed.usage = chunk.at("usage");
    for (const auto& choice : chunk.at("choices")) {
      auto& read = streamed.choices[choice.at("index").get<int>()];
      streamed.order.push_back(choice.at("index").get<int>());
      if (choice.contains("text")) {
        read.text += choice.at("text").get<std::string>();
      } else {
        const auto& delta = choice.at("delta");
        read.has_role = read.has_role || delta.contains("role");
        if (delta.contains("content") && delta["content"].is_string())
          read.text += delta["content"].get<std::string>();
      }
      ++read.deltas;
      if (choice.at("finish_reason").is_null()) continue;
      read.finish = choice["finish_reason"].get<std::string>();
      ++read.finishes;
    }
  }
  return streamed;
}

}  // namespace viltree::simulated
