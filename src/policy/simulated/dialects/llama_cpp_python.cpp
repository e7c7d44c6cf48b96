#include "dialects.hpp"

namespace viltree::simulated {

/// A chat always begins a new turn; only a raw prompt is continued. One request at a time.
const Dialect kLlamaCppPython = {.name = "llama-cpp-python",
                                 .owned_by = "me",
                                 .settle = begin_new_turn,
                                 .any_model = true,
                                 .takes_images = false,
                                 .write_error = write_openai_error,
                                 .usage_in_streams = false,
                                 .last_delta_empty = true,
                                 .slots = 1};

}  // namespace viltree::simulated
