#pragma once

#include "dialect.hpp"

namespace viltree::simulated {

// One for each file of this folder.
extern const Dialect kVllm;
extern const Dialect kSglang;
extern const Dialect kLlamaServer;
extern const Dialect kLlamaCppPython;
extern const Dialect kLmdeploy;
extern const Dialect kOllama;
extern const Dialect kTgi;
extern const Dialect kOpenai;

}  // namespace viltree::simulated
