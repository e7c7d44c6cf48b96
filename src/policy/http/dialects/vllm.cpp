#include "dialect.hpp"

#include <limits>

namespace viltree::http {

namespace {

void add_keys(const ChatTraits& traits, nlohmann::ordered_json& body) {
  if (traits.has_prefix) {
    // Both are needed: without them the server closes the assistant's turn and opens another.
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
  // Else the text lacks what the model wrote, and a prefix made of it is not what the model saw.
  if (traits.has_stop) body["include_stop_str_in_output"] = true;
  // Else the defaults that a model's files bring would shape the samples beside temperature and top_p (some
  // vision models come with top_k 1, which makes all siblings the same).
  body["top_k"] = -1;
  body["min_p"] = 0;
  body["repetition_penalty"] = 1;
}

bool is_lasting(long, std::string_view) {
  return false;
}

}  // namespace

const Dialect& vllm_dialect() {
  // Sibling i is drawn with seed + i by the server itself. Below 2^52 every JSON reader keeps a seed exact.
  static constexpr Dialect kDialect{.name = "vllm",
                                    .owned_by = "vllm",
                                    .choices_per_request = std::numeric_limits<std::uint32_t>::max(),
                                    .greatest_seed = (std::uint64_t{1} << 52U) - 1,
                                    .add_keys = &add_keys,
                                    .is_lasting = &is_lasting};
  return kDialect;
}

}  // namespace viltree::http
