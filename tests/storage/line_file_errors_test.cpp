#include "failing_calls.hpp"

#include <viltree/storage/lines.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <zstd.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;
using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

using Lines = std::vector<std::string>;

const Path kFile = "shards/a.jsonl.zst";
const LineFileOptions kSmallFrames{.compression_level = 3, .frame_text_bytes = 100};

Lines some_lines(int count) {
  Lines lines;
  for (int i = 0; i < count; ++i) lines.push_back("{\"index\":" + std::to_string(i) + ",\"value\":0.5}");
  return lines;
}

Result<LineFileSummary> write_lines(MemoryFileSystem& fs, const Lines& lines) {
  auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
  if (!writer) return core::fail(writer.error());
  for (const std::string& line : lines) {
    if (Status added = (*writer)->add_line(line); !added) return core::fail(added.error());
  }
  return (*writer)->finish();
}

Result<Lines> read_lines(MemoryFileSystem& fs) {
  const auto reader = LineFileReader::open(fs, kFile);
  if (!reader) return core::fail(reader.error());
  Lines lines;
  const Status done = reader->for_each_line([&](std::uint64_t, std::string_view line) {
    lines.emplace_back(line);
    return Status{};
  });
  if (!done) return core::fail(done.error());
  return lines;
}

void make_folder(MemoryFileSystem& fs) {
  REQUIRE(make_durable_directories(fs, "shards"));
}

void write_some(MemoryFileSystem& fs) {
  make_folder(fs);
  REQUIRE(write_lines(fs, some_lines(10)));
}

/// A file of this one frame, whose text is said to be so long.
void write_frame(MemoryFileSystem& fs, const std::string& text) {
  make_folder(fs);
  const auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
  REQUIRE(writer);
  REQUIRE((*writer)->add_frame(compress_frame(text, 3).value(), text.size(), 1));
  REQUIRE((*writer)->finish());
}

bool corrupt_with(const core::Error& error, const std::string& text) {
  INFO(error.message);
  return error.kind == ErrorKind::kCorruption && error.message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("line file: whatever call of the writing fails, the old file or the whole new one is there") {
  fail_each_call(
      write_some, [](MemoryFileSystem& fs) { return write_lines(fs, some_lines(12)); },
      [](MemoryFileSystem& fs, const Result<LineFileSummary>& written) {
        check_of_disk(written);
        const Result<Lines> found = read_lines(fs);
        REQUIRE(found);
        CHECK((*found == some_lines(12) || (!written && *found == some_lines(10))));
        REQUIRE(write_lines(fs, some_lines(12)));
        CHECK(read_lines(fs) == some_lines(12));
        CHECK(fs.files() == std::vector<std::string>{kFile.string()});
      });
}

TEST_CASE("line file: whatever call of the reading fails, it is an error of the disk") {
  fail_each_call(write_some, read_lines, [](MemoryFileSystem& fs, const Result<Lines>& lines) {
    check_of_disk(lines);
    if (lines) CHECK(*lines == some_lines(10));
    CHECK(read_lines(fs) == some_lines(10));
  });
}

TEST_CASE(
    "line file: whatever call of looking a line up fails, it is an error of the disk, and then it is found") {
  std::optional<LineFileReader> reader;
  for (const std::uint64_t index : {0U, 7U}) {
    fail_each_call(
        [&](MemoryFileSystem& fs) {
          write_some(fs);
          auto opened = LineFileReader::open(fs, kFile);
          REQUIRE(opened);
          reader.emplace(std::move(*opened));
        },
        [&](MemoryFileSystem&) { return reader->line(index); },
        [&](MemoryFileSystem&, const Result<std::optional<std::string>>& line) {
          check_of_disk(line);
          if (line) CHECK(**line == some_lines(10)[index]);
          CHECK(reader->line(index)->value() == some_lines(10)[index]);
          CHECK(!reader->line(10)->has_value());
          reader.reset();
        });
  }
}

TEST_CASE("line file: a line that cannot be one is refused with the file's name, and the others stay") {
  MemoryFileSystem fs;
  make_folder(fs);
  const auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
  REQUIRE(writer);
  REQUIRE((*writer)->add_line("first"));
  const Status refused = (*writer)->add_line("two\nlines");
  CHECK(refused.error().kind == ErrorKind::kInvalidInput);
  CHECK(refused.error().message.find(kFile.string()) != std::string::npos);
  REQUIRE((*writer)->add_line("second"));
  REQUIRE((*writer)->finish());
  CHECK(read_lines(fs) == Lines{"first", "second"});
}

TEST_CASE("line file: one without a folder above it is written to the current one") {
  MemoryFileSystem fs;
  auto writer = LineFileWriter::create(fs, "a.zst", kSmallFrames);
  REQUIRE(writer);
  REQUIRE((*writer)->add_line("only"));
  REQUIRE((*writer)->finish());
  CHECK(fs.files() == std::vector<std::string>{"a.zst"});
}

TEST_CASE("line file: a frame without a checksum is refused") {
  MemoryFileSystem fs;
  make_folder(fs);
  const auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
  REQUIRE(writer);
  std::string frame(ZSTD_compressBound(4), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), "abc\n", 4, 3));
  CHECK((*writer)->add_frame(frame, 4, 1).error().kind == ErrorKind::kInvalidInput);
}

TEST_CASE(
    "line file: a last line without its end is kCorruption, and an error of the callback is handed on") {
  MemoryFileSystem fs;
  write_frame(fs, "no end");
  CHECK(corrupt_with(read_lines(fs).error(), "its last line has no end"));
  CHECK(corrupt_with(LineFileReader::open(fs, kFile)->line(0).error(), "its last line has no end"));

  REQUIRE(write_lines(fs, some_lines(10)));
  const auto reader = LineFileReader::open(fs, kFile);
  const Status stopped = reader->for_each_line(
      [](std::uint64_t, std::string_view) -> Status { return core::fail(ErrorKind::kCancelled, "enough"); });
  REQUIRE(!stopped);
  CHECK(stopped.error().message == "enough");
  std::uint64_t index = 5;
  Lines lines;
  CHECK(for_each_line_of("a\nb", index, [&](std::uint64_t, std::string_view line) {
    lines.emplace_back(line);
    return Status{};
  }));
  CHECK(lines == Lines{"a", "b"});
  CHECK(index == 7);
}

TEST_CASE("line file: a frame that has lost its checksum is kCorruption, though the seek table fits") {
  MemoryFileSystem fs;
  write_frame(fs, "abc\n");
  std::string& bytes = fs.bytes(kFile);
  const std::size_t size = inspect_frame(bytes)->bytes;
  constexpr unsigned kChecksumFlag = 4;  // of the byte behind the magic number
  constexpr std::size_t kDescriptorAt = 4;
  bytes[kDescriptorAt] = static_cast<char>(static_cast<unsigned char>(bytes[kDescriptorAt]) & ~kChecksumFlag);
  bytes.erase(size - 4, 4);
  REQUIRE(inspect_frame(bytes)->bytes == size - 4);
  bytes[size - 4 + 8] = static_cast<char>(size - 4);  // behind the table's header: bytes of the frame
  CHECK(corrupt_with(read_lines(fs).error(), "not the zstd frame"));
}

TEST_CASE("line file: a frame that nobody would read is refused, however long frames were asked for") {
  MemoryFileSystem fs;
  make_folder(fs);
  const auto writer = LineFileWriter::create(fs, kFile, {.frame_text_bytes = 2 * core::limits::kFrameBytes});
  REQUIRE(writer);
  const std::string half(core::limits::kFrameBytes / 2, 'x');
  REQUIRE((*writer)->add_line(half));
  REQUIRE((*writer)->add_line(half));
  CHECK((*writer)->finish().error().kind == ErrorKind::kExhausted);
}

TEST_CASE("line file: cut short while it is read it is kCorruption") {
  MemoryFileSystem fs;
  write_some(fs);
  const auto reader = LineFileReader::open(fs, kFile);
  fs.bytes(kFile).resize(20);
  CHECK(corrupt_with(reader->read_frame(1).error(), "cut short"));
}
