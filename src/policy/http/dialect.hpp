#pragma once

#include <viltree/json/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// How a server is brought to go on from a prefix.
enum class Continuation : std::uint8_t {
  kMessage,   ///< chat completions: the prefix is the last message, of role assistant
  kRaw,       ///< completions: the prompt is a text, made with a chat template, that ends with the prefix
  kReprompt,  ///< chat completions: the user's message shows the prefix and asks to go on; another
              ///< distribution
};

/// What a dialect may look at when it adds its keys to a request.
struct RequestTraits {
  bool has_prefix = false;  ///< there is a prefix to go on from
  std::uint32_t n = 1;
  std::uint32_t max_tokens = 0;
  bool may_think = false;  ///< before its reply, and apart from its text
};

/// One line of a server's reply to GET /models.
struct ListedModel {
  std::string id;
  std::string owned_by;
  /// Whether it says that it takes images; none where it says nothing of it.
  std::optional<bool> takes_images = std::nullopt;
};

/// How one kind of server differs from the others. A new one: a file in dialects/ with the function that
/// returns it, and a line in the table of dialect.cpp.
struct Dialect {
  std::string_view name;
  Continuation continuation = Continuation::kMessage;
  std::uint32_t choices_per_request = 1;  ///< the greatest n
  /// True where the text of a whole reply (not of a streamed one) begins with the prefix. The questions at
  /// the start find out for themselves.
  bool repeats_prefix = false;
  /// True where GET /props beside the version's path says `total_slots`, how many requests are done at once.
  bool tells_slots = false;
  /// True where the last image of a request may be named by a `uuid` alone once the server has seen it.
  bool knows_images_by_uuid = false;
  /// True where raw prompts hold images as markdown with data URLs.
  bool has_images_in_raw_prompts = false;
  /// False where a chat's stream takes no `stream_options`.
  bool has_stream_options = true;
  /// What to do where the model's chat template closes the turn of a prefix; empty: nothing special.
  std::string_view if_turn_closes{};
  /// By which `auto` knows the server; null: never.
  bool (*owns)(const ListedModel& model) = nullptr;
  /// The request's last keys of ours, `n`, `max_tokens` and `seed` among them already.
  void (*add_keys)(const RequestTraits& traits, json::OrderedValue& body) = nullptr;
  /// What every request sets in place of the server's own defaults, where a run's extra keys do not; null:
  /// nothing.
  void (*add_settings)(json::OrderedValue& settings) = nullptr;
  /// The setting that switches thinking off, which is left out where a model may think; empty: none.
  std::string_view thinking_setting = {};
  /// True for a refusal of one prefix that will not pass, beyond the statuses 400, 413 and 422; null: none.
  bool (*is_lasting)(long status, std::string_view message) = nullptr;
};

inline constexpr std::uint32_t kAnyNumber = 0xFFFFFFFF;

/// All of them; the first is what `auto` takes where it knows no better.
[[nodiscard]] std::span<const Dialect* const> dialects();
/// Null where there is none of that name.
[[nodiscard]] const Dialect* find_dialect(std::string_view name);
/// The dialect of a server that lists this model.
[[nodiscard]] const Dialect& detect_dialect(const ListedModel& model);

}  // namespace viltree::http
