#pragma once

#include "api_error.hpp"
#include "chat_turns.hpp"
#include "members.hpp"
#include "reply.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::simulated {

inline constexpr std::uint32_t kMostSiblings = 4096;

/// What a dialect's pages about the server may say.
struct ServerFacts {
  std::string model;
  std::uint32_t slots = 0;  ///< 0: unlimited
};

/// A page that only this dialect has, for GET.
struct Page {
  std::string_view path;
  OrderedJson (*write)(const ServerFacts& facts);
};

/// What is done about the keys of a request that are not in `known_keys`.
enum class UnknownKeys : std::uint8_t {
  kChecked,  ///< a key that would change the reply and is not served is refused, any other passed over
  kRefused,  ///< every one is refused
  kIgnored,  ///< none is looked at
};

/// How one kind of server understands requests and writes replies. A table of facts and a few functions;
/// dialects/ has one file for each kind.
struct Dialect {
  std::string_view name{};
  std::string_view owned_by{};  ///< in /v1/models; empty: the model's own name

  // Understanding a request.
  /// Settles how the reply to a chat begins; may call go_on() or set the request's question and prefix.
  void (*settle)(ChatTurns& turns, Members& members) = nullptr;
  bool any_model = false;              ///< the model's name is not looked at
  std::uint32_t most_siblings = 1;     ///< of `n`; 1: n is not looked at
  bool siblings_within_slots = false;  ///< n is at most the number of slots
  std::string_view keep_stop_key{};    ///< leaves the stop string in the text; empty: no such key
  bool keeps_stop = false;             ///< without being asked
  std::size_t most_stops = 64;
  double highest_temperature = 100;
  std::uint64_t seed_mask = ~std::uint64_t{0};  ///< applied to every sibling's seed
  bool takes_images = true;
  bool image_uuids = false;
  bool token_ids = false;      ///< `return_token_ids` is known
  bool one_limit_key = false;  ///< max_tokens and max_completion_tokens exclude each other
  UnknownKeys unknown_keys = UnknownKeys::kChecked;
  std::span<const std::string_view> known_keys{};
  bool raw_completions = true;   ///< POST /v1/completions is served
  bool markdown_images = false;  ///< in raw prompts
  std::uint32_t raw_default_tokens = 16;

  // Writing a reply.
  OrderedJson (*write_error)(const ApiError& error) = nullptr;
  int invalid_status = 400;          ///< in place of 400
  std::string_view fingerprint{};    ///< `system_fingerprint`; empty: none
  bool reports_cached = false;       ///< usage has prompt_tokens_details
  bool repeats_prefix = false;       ///< at the start of a chat's content that is not streamed
  bool counts_first_choice = false;  ///< usage counts the tokens of choice 0 only
  void (*adorn_choice)(OrderedJson& json, const Choice& choice) = nullptr;
  void (*adorn_usage)(OrderedJson& usage) = nullptr;
  bool usage_in_streams = true;       ///< stream_options.include_usage is known
  bool null_usage_in_chunks = false;  ///< the chunks before it have "usage": null
  bool role_in_every_delta = false;   ///< or in a first one of its own
  bool first_content_null = false;
  bool last_delta_empty = false;  ///< or with an empty content

  // The server.
  std::optional<std::uint32_t> slots{};   ///< where nothing else is said
  std::chrono::seconds keep_alive{5};     ///< how long a connection may idle
  std::uint32_t keep_alive_requests = 0;  ///< closes a connection after so many; 0: never
  std::span<const Page> pages{};
  /// More members of the model's entry in /v1/models.
  void (*adorn_model)(OrderedJson& entry) = nullptr;
};

/// All kinds, the default first.
[[nodiscard]] std::span<const Dialect* const> dialects();
/// Null where there is none of that name.
[[nodiscard]] const Dialect* find_dialect(std::string_view name);

// What several dialects share.
/// A last assistant message is a finished turn; a new turn begins after it.
void begin_new_turn(ChatTurns& turns, Members& members);
/// A last assistant message is continued.
void go_on_from_assistant(ChatTurns& turns, Members& members);
/// {"error": {"message", "type", "param", "code"}} with OpenAI's types and a code of null.
[[nodiscard]] OrderedJson write_openai_error(const ApiError& error);
/// {"object": "error", "message", "type", "param", "code"} with the status as the code.
[[nodiscard]] OrderedJson write_flat_error(const ApiError& error);
/// BadRequestError, NotFoundError, …
[[nodiscard]] std::string python_error_type(const ApiError& error);

}  // namespace viltree::simulated
