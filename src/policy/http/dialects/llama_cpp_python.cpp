#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

bool owns(const ListedModel& model) {
  return model.owned_by == "me";
}

void add_keys(const RequestTraits&, json::OrderedValue& body) {
  body.erase("n");  // it has one choice whatever is asked
}

/// Else the server's defaults (top_k 40, min_p 0.05, repeat_penalty 1.0 or 1.1) would shape the samples.
void add_settings(json::OrderedValue& settings) {
  settings["top_k"] = 0;
  settings["min_p"] = 0;
  settings["repeat_penalty"] = 1;
}

}  // namespace

const Dialect& llama_cpp_python() {
  // Its chat completions open a turn of their own after an assistant's message, so the raw ones are used.
  static constexpr Dialect kDialect{.name = "llama-cpp-python",
                                    .continuation = Continuation::kRaw,
                                    .choices_per_request = 1,
                                    .has_stream_options = false,
                                    .owns = &owns,
                                    .add_keys = &add_keys,
                                    .add_settings = &add_settings};
  return kDialect;
}

}  // namespace viltree::http
