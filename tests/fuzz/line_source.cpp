#include "faults/memory_file_system.hpp"
#include "fuzz.hpp"

#include <viltree/storage/lines.hpp>

#include <algorithm>
#include <string>

// Any file as a text of lines, plain or zstd: a plain one gives its lines, as they are.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  constexpr std::size_t kMostLineBytes = 200;
  const std::string_view input = fuzz::as_text(data, size);
  test::MemoryFileSystem fs;
  fuzz::promise(storage::write_atomically(fs, "lines", input).has_value(), "writing in memory");
  const auto source = storage::open_lines(fs, "lines", kMostLineBytes);
  if (!source) return 0;
  std::uint64_t numbers = 0;
  for (std::size_t calls = 0; calls < 100'000; ++calls) {
    const auto line = (*source)->next();
    if (!line && line.error().kind != core::ErrorKind::kInvalidInput) return 0;
    if (line && !*line) {
      const bool plain = !input.starts_with("\x28\xB5\x2F\xFD");
      const auto feeds = static_cast<std::uint64_t>(std::count(input.begin(), input.end(), '\n'));
      const bool open_end = !input.empty() && input.back() != '\n';
      fuzz::promise(!plain || calls == feeds + (open_end ? 1 : 0), "every line comes once");
      return 0;
    }
    if (!line) continue;
    fuzz::promise((*line)->number > numbers, "numbers ascend");
    numbers = (*line)->number;
    fuzz::promise((*line)->text.size() <= kMostLineBytes, "no line is too long");
    fuzz::promise((*line)->text.find('\n') == std::string_view::npos, "a line has no end in it");
  }
  return 0;
}
