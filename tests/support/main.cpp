#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <doctest/doctest.h>

namespace {

/// Thousands of syncs of small files are what tests of crawls would else wait for most: unless TMPDIR says
/// where, their files are in memory.
void keep_files_in_memory() {
  constexpr std::uintmax_t kEnough = 256U << 20U;
  const char* const memory = "/dev/shm";
  std::error_code none;
  const auto space = std::filesystem::space(memory, none);
  if (!none && space.available >= kEnough) ::setenv("TMPDIR", memory, 0);
}

}  // namespace

int main(int argc, char** argv) {
  keep_files_in_memory();
  return doctest::Context(argc, argv).run();
}
