#include "faults/memory_file_system.hpp"
#include "zstdcat.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using core::ErrorKind;
using test::MemoryFileSystem;

namespace {

const Path kFile = "shards/train-000000.jsonl.zst";
const LineFileOptions kSmallFrames{.compression_level = 3, .frame_text_bytes = 200};

std::vector<std::string> some_lines(int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) lines.push_back("{\"index\":" + std::to_string(i) + ",\"value\":0.5}");
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

core::Result<LineFileSummary> write_lines(FileSystem& fs, const std::vector<std::string>& lines,
                                          const LineFileOptions& options = kSmallFrames) {
  if (core::Status made = make_durable_directories(fs, "shards"); !made) return core::fail(made.error());
  auto writer = LineFileWriter::create(fs, kFile, options);
  if (!writer) return core::fail(writer.error());
  for (const std::string& line : lines) {
    if (core::Status added = (*writer)->add_line(line); !added) return core::fail(added.error());
  }
  return (*writer)->finish();
}

core::Result<std::vector<std::string>> read_lines(FileSystem& fs) {
  const auto reader = LineFileReader::open(fs, kFile);
  if (!reader) return core::fail(reader.error());
  std::vector<std::string> lines;
  const core::Status done = reader->for_each_line([&](std::uint64_t index, std::string_view line) {
    CHECK(index == lines.size());
    lines.emplace_back(line);
    return core::Status{};
  });
  if (!done) return core::fail(done.error());
  return lines;
}

}  // namespace

TEST_CASE("line file: lines come back by iteration, by frame and by number") {
  MemoryFileSystem fs;
  const std::vector<std::string> lines = some_lines(40);
  const auto summary = write_lines(fs, lines);
  REQUIRE(summary);
  CHECK(summary->lines == 40);
  CHECK(summary->frames > 3);
  CHECK(summary->text_bytes == joined(lines).size());
  CHECK(summary->bytes == fs.bytes(kFile).size());
  CHECK(summary->sha256 == core::sha256_hex(fs.bytes(kFile)));
  CHECK(read_lines(fs) == lines);

  auto reader = LineFileReader::open(fs, kFile);
  REQUIRE(reader);
  CHECK(reader->frame_count() == summary->frames);
  CHECK(reader->text_bytes() == summary->text_bytes);
  std::string text;
  for (std::size_t frame = 0; frame < reader->frame_count(); ++frame)
    text += reader->read_frame(frame).value();
  CHECK(text == joined(lines));
  for (const std::uint64_t index : {17U, 0U, 39U, 18U}) CHECK(reader->line(index)->value() == lines[index]);
  CHECK(reader->line(40)->has_value() == false);
}

TEST_CASE("line file: frames compressed elsewhere and handed over give the same bytes") {
  const std::vector<std::string> lines = some_lines(40);
  MemoryFileSystem one_by_one;
  REQUIRE(write_lines(one_by_one, lines));
  MemoryFileSystem handed_over;
  REQUIRE(make_durable_directories(handed_over, "shards"));
  const auto writer = LineFileWriter::create(handed_over, kFile, kSmallFrames);
  REQUIRE(writer);
  const auto hand_over = [&](const TextFrame& frame) {
    const std::string compressed = compress_frame(frame.text, kSmallFrames.compression_level).value();
    CHECK((*writer)->add_frame(compressed, frame.text.size(), frame.lines));
  };
  FrameCutter cutter(kSmallFrames.frame_text_bytes);
  for (const std::string& line : lines) {
    if (const auto full = cutter.add(line).value()) hand_over(*full);
  }
  if (const auto rest = cutter.finish()) hand_over(*rest);
  REQUIRE((*writer)->finish());
  CHECK(handed_over.bytes(kFile) == one_by_one.bytes(kFile));
}

TEST_CASE("frame cutter: frames are whole lines within the limit, and a longer line is alone") {
  FrameCutter cutter(10);
  CHECK(cutter.add("1234") == std::nullopt);
  CHECK(cutter.add("6789") == std::nullopt);
  const auto full = cutter.add("x").value();
  REQUIRE(full);
  CHECK(full->text == "1234\n6789\n");
  CHECK(full->lines == 2);
  CHECK(cutter.add("longer than ten").value()->text == "x\n");
  CHECK(cutter.add("y").value()->text == "longer than ten\n");
  CHECK(cutter.finish()->text == "y\n");
  CHECK(!cutter.finish());
  CHECK(cutter.add("a\nb").error().kind == ErrorKind::kInvalidInput);
  CHECK(cutter.add(std::string(core::limits::kRecordBytes, 'x')).error().kind == ErrorKind::kExhausted);
  CHECK(cutter.empty());
}

TEST_CASE("line file: plain zstd reads it, and its first frame is a normal one even without lines") {
  for (const int count : {0, 1, 40}) {
    MemoryFileSystem fs;
    REQUIRE(write_lines(fs, some_lines(count)));
    CHECK(fs.bytes(kFile).starts_with("\x28\xB5\x2F\xFD"));
    CHECK(test::zstdcat(fs.bytes(kFile)) == joined(some_lines(count)));
    CHECK(read_lines(fs) == some_lines(count));
  }
}

TEST_CASE("line file: the seek table is that of the published format") {
  using namespace std::string_literals;
  MemoryFileSystem fs;
  REQUIRE(write_lines(fs, {"abc"}));
  const std::string bytes = fs.bytes(kFile);
  const std::string frame = compress_frame("abc\n", 3).value();
  const std::string checksum = frame.substr(frame.size() - 4);
  const std::string table = "\x5E\x2A\x4D\x18"s + "\x15\0\0\0"s +  // header
                            static_cast<char>(frame.size()) + "\0\0\0"s + "\x04\0\0\0"s + checksum +  // entry
                            "\x01\0\0\0"s + "\x80"s + "\xB1\xEA\x92\x8F"s;  // footer
  CHECK(bytes == frame + table);
}

TEST_CASE("line file: every flipped bit is detected or changes no line; the manifest's hash detects all") {
  MemoryFileSystem fs;
  const std::vector<std::string> lines = some_lines(12);
  const auto summary = write_lines(fs, lines);
  REQUIRE(summary);
  const FileEntry entry{kFile.string(), summary->bytes, summary->sha256, summary->lines};
  CHECK(verify_file(fs, ".", entry));
  std::string& bytes = fs.bytes(kFile);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const char before = bytes[bit / 8];
    bytes[bit / 8] = static_cast<char>(before ^ (1 << (bit % 8)));
    const auto read = read_lines(fs);
    CHECK((read ? *read == lines : read.error().kind == ErrorKind::kCorruption));
    CHECK(!verify_file(fs, ".", entry));
    bytes[bit / 8] = before;
  }
}

TEST_CASE("line file: cut short anywhere it is refused") {
  MemoryFileSystem fs;
  REQUIRE(write_lines(fs, some_lines(12)));
  const std::string bytes = fs.bytes(kFile);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    fs.bytes(kFile) = bytes.substr(0, size);
    const auto read = read_lines(fs);
    REQUIRE(!read);
    CHECK(read.error().kind == ErrorKind::kCorruption);
  }
  fs.bytes(kFile) = bytes + bytes;
  CHECK(!read_lines(fs));
}

TEST_CASE("line file: a frame that is not what it is said to be is refused") {
  MemoryFileSystem fs;
  REQUIRE(make_durable_directories(fs, "shards"));
  const auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
  REQUIRE(writer);
  const std::string frame = compress_frame("abc\n", 3).value();
  CHECK(!(*writer)->add_frame(frame, 5, 1));
  CHECK(!(*writer)->add_frame(frame + frame, 8, 2));
  CHECK(!(*writer)->add_frame(frame.substr(1), 4, 1));
  CHECK((*writer)->add_frame(frame, 4, 1));
  CHECK((*writer)->finish());
  CHECK(read_lines(fs) == std::vector<std::string>{"abc"});
}

TEST_CASE("line file: given up or met by a full disk, nothing is left and the old file stays") {
  MemoryFileSystem fs;
  REQUIRE(write_lines(fs, some_lines(3)));
  {
    const auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
    REQUIRE(writer);
    CHECK((*writer)->add_line("never finished"));
  }
  fs.limit_space(100);
  const auto refused = write_lines(fs, some_lines(400));
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kExhausted);
  CHECK(fs.files() == std::vector<std::string>{kFile.string()});
  CHECK(read_lines(fs) == some_lines(3));
}

TEST_CASE("line file: after an error from the disk the writer cannot finish") {
  MemoryFileSystem fs;
  REQUIRE(make_durable_directories(fs, "shards"));
  const auto writer = LineFileWriter::create(fs, kFile, kSmallFrames);
  REQUIRE(writer);
  fs.limit_space(5);
  const std::string frame = compress_frame("abc\n", 3).value();
  CHECK(!(*writer)->add_frame(frame, 4, 1));
  fs.restart();
  CHECK(!(*writer)->add_frame(frame, 4, 1));
  CHECK((*writer)->finish().error().kind == ErrorKind::kExhausted);
}

TEST_CASE("line file: a kill or a power loss at any call leaves no file or the whole one") {
  MemoryFileSystem reference;
  REQUIRE(write_lines(reference, some_lines(12)));
  for (std::uint64_t call = 1; call <= reference.calls() + 1; ++call) {
    for (const bool power_lost : {false, true}) {
      MemoryFileSystem fs;
      fs.die_at(call, true);
      const bool done = write_lines(fs, some_lines(12)).has_value();
      CHECK(done == (call > reference.calls()));
      if (power_lost) {
        fs.lose_power(test::PowerLoss::kTorn);
      } else {
        fs.restart();
      }
      const bool there = fs.exists(kFile).value();
      CHECK((there || !done));
      if (there) CHECK(fs.bytes(kFile) == reference.bytes(kFile));
    }
  }
}
