#include "edits.hpp"
#include "faults/memory_file_system.hpp"

#include <viltree/storage/lines.hpp>

#include <algorithm>
#include <string>
#include <vector>

// A delivered line file (shard, tree archive) with its seek table: any bytes, or a good one, damaged as the
// input says. What is delivered of a damaged one was written, in its place; what reads, and is written again,
// reads the same.

namespace {

using namespace viltree;
using Lines = std::vector<std::string>;
using fuzz::promise;

const storage::Path kPath = "lines.jsonl.zst";
constexpr storage::LineFileOptions kOptions{.compression_level = 3, .frame_text_bytes = 60};

Lines good_lines() {
  Lines lines;
  for (std::size_t i = 0; i < 12; ++i) lines.push_back("{\"line\":" + std::string(i * 3, '7') + "}");
  return lines;
}

std::string written(const Lines& lines) {
  test::MemoryFileSystem fs;
  const auto writer = *storage::LineFileWriter::create(fs, kPath, kOptions);
  for (const std::string& line : lines) promise(writer->add_line(line).has_value(), "adding a line");
  promise(writer->finish().has_value(), "finishing");
  return fs.bytes(kPath);
}

struct Reading {
  Lines lines;
  bool whole = false;
};

Reading read(const std::string& bytes) {
  test::MemoryFileSystem fs;
  promise(storage::write_atomically(fs, kPath, bytes).has_value(), "writing in memory");
  Reading reading;
  auto reader = storage::LineFileReader::open(fs, kPath);
  if (!reader) return reading;
  const auto take = [&](std::uint64_t index, std::string_view line) {
    promise(index == reading.lines.size(), "lines come in order");
    reading.lines.emplace_back(line);
    return core::Status{};
  };
  reading.whole = reader->for_each_line(take).has_value();
  for (std::size_t i = 0; i < std::min<std::size_t>(reading.lines.size(), 40); ++i) {
    const auto line = reader->line(i);
    promise(line.has_value() && *line && **line == reading.lines[i], "a jump finds the same line");
  }
  return reading;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string kGood = written(good_lines());
  std::string_view input = fuzz::as_text(data, size);
  const bool raw = fuzz::take_byte(input) % 4 == 0;
  std::string bytes = raw ? std::string(input) : kGood;
  if (!raw) fuzz::edit(bytes, input);
  const Reading reading = read(bytes);
  const Lines all = good_lines();
  promise(raw || (reading.lines.size() <= all.size() &&
                  std::equal(reading.lines.begin(), reading.lines.end(), all.begin())),
          "a damaged file delivers a prefix");
  promise(raw || !reading.whole || reading.lines == all, "a file that reads to its end is whole");
  if (!reading.whole) return 0;
  const Reading again = read(written(reading.lines));
  promise(again.whole && again.lines == reading.lines, "written again it reads the same");
  return 0;
}
