#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace viltree::http {

/// What a dialect may look at when it adds its keys to a request.
struct ChatTraits {
  bool has_prefix =
      false;              ///< the last message is of role assistant, and is to be gone on from its last byte
  bool has_stop = false;  ///< stop strings are set
};

/// How one kind of server differs from the others. All of them take the chat completions request of
/// chat_request.hpp. A new one: a file in dialects/, and a line in the table of dialect.cpp.
struct Dialect {
  std::string_view name;
  std::string_view owned_by;          ///< in the server's model list, by which `auto` knows it; empty: never
  std::uint32_t choices_per_request;  ///< the greatest n
  std::uint64_t greatest_seed;        ///< all ones in binary; seeds keep these low bits
  /// True where the text of an answer begins with the prefix that it goes on from.
  bool repeats_prefix = false;
  void (*add_keys)(const ChatTraits& traits, nlohmann::ordered_json& body);
  /// True for a refusal of one prefix that will not pass, beyond the statuses 400, 413 and 422.
  bool (*is_lasting)(long status, std::string_view message);
};

/// vLLM, and what `auto` takes where it knows no better.
[[nodiscard]] const Dialect& vllm_dialect();
/// llama.cpp's llama-server.
[[nodiscard]] const Dialect& llama_server_dialect();

/// Null where there is none of that name.
[[nodiscard]] const Dialect* find_dialect(std::string_view name);
/// The dialect of a server that lists its model as owned by `owned_by`.
[[nodiscard]] const Dialect& detect_dialect(std::string_view owned_by);

}  // namespace viltree::http
