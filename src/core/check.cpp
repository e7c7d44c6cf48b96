#include <viltree/core/check.hpp>

#include <cstdio>
#include <cstdlib>

namespace viltree::core {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "viltree: bug: %s:%d: not true: %s\n", file, line, condition);
  std::abort();
}

}  // namespace viltree::core
