#include "dialects.hpp"

namespace viltree::simulated {

const Dialect kLmdeploy = {.name = "lmdeploy",
                           .owned_by = "lmdeploy",
                           .settle = go_on_from_assistant,
                           .keep_stop_key = "include_stop_str_in_output",
                           .write_error = write_flat_error,
                           .role_in_every_delta = true};

}  // namespace viltree::simulated
