#include "faults/memory_file_system.hpp"
#include "fuzz.hpp"

#include <viltree/storage/manifest.hpp>

// Any bytes as manifest.json: one that is taken can be written again, and reads the same.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  test::MemoryFileSystem fs;
  fuzz::promise(storage::write_atomically(fs, "manifest.json", fuzz::as_text(data, size)).has_value(),
                "writing in memory");
  const auto loaded = storage::load_manifest(fs, "manifest.json");
  if (!loaded) return 0;
  fuzz::promise(loaded->has_value(), "a file that is there is loaded");
  fuzz::promise(storage::save_manifest(fs, "again.json", **loaded).has_value(), "what was taken is saved");
  const auto again = storage::load_manifest(fs, "again.json");
  fuzz::promise(again.has_value() && **again == **loaded, "it reads the same");
  return 0;
}
