#include "failing_calls.hpp"

#include <viltree/storage/lines.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using core::ErrorKind;
using test::MemoryFileSystem;

namespace {

using Lines = std::vector<std::string>;

struct Seen {
  Lines lines;
  std::optional<core::Error> error;
};

Seen read(const std::string& bytes, std::size_t max_line_bytes = 1000) {
  MemoryFileSystem fs;
  REQUIRE(write_atomically(fs, "data.jsonl", bytes));
  const auto source = open_lines(fs, "data.jsonl", max_line_bytes);
  REQUIRE(source);
  Seen seen;
  while (true) {
    const auto line = (*source)->next();
    if (!line) {
      seen.error = line.error();
      return seen;
    }
    if (!*line) return seen;
    CHECK((*line)->number == seen.lines.size() + 1);
    seen.lines.emplace_back((*line)->text);
  }
}

std::string frame(const std::string& text) {
  return compress_frame(text, 3).value();
}

}  // namespace

TEST_CASE("line source: ends of lines are stripped, and a last line needs none") {
  CHECK(read("").lines == Lines{});
  CHECK(read("a\nb\n").lines == Lines{"a", "b"});
  CHECK(read("a\r\nb\r\n\r\nc").lines == Lines{"a", "b", "", "c"});
  CHECK(read("\n\n").lines == Lines{"", ""});
  CHECK(read("a\rb\n").lines == Lines{"a\rb"});
}

TEST_CASE("line source: zstd is told by its first bytes and may have many frames, of any kind") {
  using namespace std::string_literals;
  const std::string skippable = "\x50\x2A\x4D\x18\x03\0\0\0abc"s;
  CHECK(read(frame("a\nb")).lines == Lines{"a", "b"});
  CHECK(read(frame("a\nb") + skippable + frame("c\n") + frame("") + frame("d")).lines ==
        Lines{"a", "bc", "d"});
  CHECK(read(skippable + frame("a\n")).lines == Lines{"a"});
  CHECK(!read(skippable + frame("a\n")).error);
}

TEST_CASE("line source: text of many pieces comes whole, plain and compressed") {
  std::string text;
  Lines lines;
  for (int i = 0; i < 60'000; ++i) {
    lines.push_back("line " + std::to_string(i));
    text += lines.back() + "\n";
  }
  CHECK(read(text).lines == lines);
  CHECK(read(frame(text)).lines == lines);
  const std::string zeros(1'000'000, '0');
  CHECK(read(frame(zeros + "\n" + zeros), zeros.size()).lines == Lines{zeros, zeros});
}

TEST_CASE("line source: zstd data that is cut short or damaged is an error, with no wrong line before it") {
  const std::string bytes = frame("first\nsecond\n");
  for (std::size_t size = 4; size < bytes.size(); ++size) {
    const Seen seen = read(bytes.substr(0, size));
    REQUIRE(seen.error);
    CHECK(seen.error->kind == ErrorKind::kCorruption);
  }
  const Seen trailing = read(bytes + "garbage");
  CHECK(trailing.lines == Lines{"first", "second"});
  REQUIRE(trailing.error);
  CHECK(trailing.error->kind == ErrorKind::kCorruption);
}

TEST_CASE("line source: a line that is too long is named, and reading goes on behind it") {
  for (const bool compressed : {false, true}) {
    const std::string text = "12345\n123456\r\n" + std::string(300'000, 'x') + "\n12345\r\nlast";
    MemoryFileSystem fs;
    REQUIRE(write_atomically(fs, "data", compressed ? frame(text) : text));
    const auto source = open_lines(fs, "data", 5);
    REQUIRE(source);
    CHECK((*source)->next()->value().text == "12345");
    const auto second = (*source)->next();
    REQUIRE(!second);
    CHECK(second.error().kind == ErrorKind::kInvalidInput);
    CHECK(second.error().message == "data:2: line longer than 5 bytes");
    CHECK(!(*source)->next());
    const Line fourth = (*source)->next()->value();
    CHECK(fourth.number == 4);
    CHECK(fourth.text == "12345");
    CHECK((*source)->next()->value().text == "last");
    CHECK((*source)->next()->has_value() == false);
  }
}

TEST_CASE("line source: a bomb on one line takes no memory") {
  const Seen seen = read(frame(std::string(50'000'000, 'x')), 1000);
  REQUIRE(seen.error);
  CHECK(seen.error->kind == ErrorKind::kInvalidInput);
}

TEST_CASE("line source: whatever call of the reading fails, it is an error of the disk, and it stays one") {
  const std::string text = "first\n" + std::string(300'000, 'x') + "\nlast";
  for (const std::string& bytes : {text, frame(text)}) {
    Lines lines;
    test::fail_each_call([&](MemoryFileSystem& fs) { REQUIRE(write_atomically(fs, "a", bytes)); },
                         [&](MemoryFileSystem& fs) -> core::Status {
                           lines.clear();
                           const auto source = open_lines(fs, "a", text.size());
                           if (!source) return core::fail(source.error());
                           while (true) {
                             const auto line = (*source)->next();
                             if (!line) {
                               CHECK((*source)->next().error().message == line.error().message);
                               return core::fail(line.error());
                             }
                             if (!*line) return {};
                             lines.emplace_back((*line)->text);
                           }
                         },
                         [&](MemoryFileSystem&, const core::Status& read) {
                           test::check_of_disk(read);
                           const Lines whole = {"first", std::string(300'000, 'x'), "last"};
                           CHECK(std::equal(lines.begin(), lines.end(), whole.begin()));
                           if (read) CHECK(lines == whole);
                         });
  }
}
