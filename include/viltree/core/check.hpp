#pragma once

namespace viltree::core {

/// Prints the broken assumption with its place and aborts. A bug, never an answer to bad input.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace viltree::core

#define VILTREE_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::viltree::core::check_failed(#condition, __FILE__, __LINE__))
