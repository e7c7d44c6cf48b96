#include "folder.hpp"

#include <viltree/core/limits.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::dataset;

namespace {

std::string line(const std::string& id, const std::string& more = {}) {
  return R"({"id":")" + id + R"(","question":"Q","answer":"1")" + more + "}\n";
}

std::unique_ptr<Source> open(const SourceOptions& options) {
  auto source = open_source(options);
  REQUIRE(source);
  return *std::move(source);
}

std::string refusal(const SourceOptions& options) {
  const auto source = open_source(options);
  return source ? "(open)" : source.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("jsonl: problems in order, plain and zstd alike") {
  const Folder folder;
  const std::string text = line("a", R"(,"images":"i/a.png")") + "\n \t\r\n" + line("b") + line("c");
  folder.write("i/a.png", png_file(3, 2));
  for (const std::string& path :
       {folder.write("set.jsonl", text), folder.write("set.jsonl.zst", zstd(text)),
        folder.write("dos.jsonl", "\xEF\xBB\xBF" + text.substr(0, text.size() - 1))}) {
    CAPTURE(path);
    const auto source = open({.kind = "jsonl", .path = path});
    CHECK(source->count() == 3);
    const auto items = read_all(*source);
    CHECK(outline(items) == Lines{"a", "b", "c"});
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK(items[i].index.value == i);
      CHECK(std::get<domain::Problem>(items[i].content).index.value == i);
    }
    const auto& problem = std::get<domain::Problem>(items[0].content);
    REQUIRE(problem.images.size() == 1);
    CHECK(problem.images[0].path == "i/a.png");
    CHECK(problem.images[0].width == 3);
    CHECK(*problem.images[0].bytes == png_file(3, 2));
  }
}

TEST_CASE("jsonl: a bad line is put aside with its number and keeps its index") {
  const Folder folder;
  folder.write("t.png", "text");
  const std::string path = folder.write(
      "set.jsonl", "\n" + line("a") + "oops\n" + line("a") + line("d", R"(,"images":["no.png"])") +
                       line("e", R"(,"images":["t.png"])") + line("d") + "{\"id\":\"f\"}\n" + line("g"));
  const auto source = open({.kind = "jsonl", .path = path});
  CHECK(source->count() == 8);
  const auto items = read_all(*source);
  const auto lines = outline(items);
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] == "a");
  CHECK(contains(lines[1], "3: invalid JSON at byte 1"));
  CHECK(lines[2] == "4: the id 'a' occurs a second time");
  CHECK(contains(lines[3], "5: image 'no.png': "));
  CHECK(contains(lines[4], "6: image 't.png': its content is no PNG"));
  CHECK(lines[5] == "7: the id 'd' occurs a second time");
  CHECK(contains(lines[6], "8: no question"));
  CHECK(lines[7] == "g");
  CHECK(items[7].index.value == 7);
  CHECK(items[1].raw == "oops");
}

TEST_CASE("jsonl: a line beyond the limit is put aside, and the next one is read") {
  const Folder folder;
  const std::string path = folder.write(
      "set.jsonl.zst",
      zstd(line("a") + std::string(core::limits::kProblemLineBytes + 1, 'x') + "\n" + line("b")));
  const auto items = read_all(*open({.kind = "jsonl", .path = path}));
  const auto lines = outline(items);
  REQUIRE(lines.size() == 3);
  CHECK(contains(lines[1], "2: "));
  CHECK(contains(lines[1], "longer than"));
  CHECK(lines[2] == "b");
}

TEST_CASE("jsonl: what is kept of a bad line is limited") {
  const Folder folder;
  const std::string path = folder.write("set.jsonl", std::string(100'000, 'x') + "\n");
  const auto items = read_all(*open({.kind = "jsonl", .path = path}));
  REQUIRE(items.size() == 1);
  CHECK(items[0].raw.size() == 4096);
}

TEST_CASE("jsonl: offset and limit count lines that are not blank") {
  const Folder folder;
  const std::string path =
      folder.write("set.jsonl", line("a") + "\n" + line("b") + "bad\n\n" + line("d") + line("e"));
  const auto middle = open({.kind = "jsonl", .path = path, .offset = 1, .limit = 3});
  CHECK(middle->count() == 3);
  const auto items = read_all(*middle);
  const auto lines = outline(items);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "b");
  CHECK(contains(lines[1], "4: invalid JSON"));
  CHECK(lines[2] == "d");
  CHECK(items[0].index.value == 0);
  CHECK(open({.kind = "jsonl", .path = path, .offset = 4, .limit = 3})->count() == 1);
  CHECK(open({.kind = "jsonl", .path = path, .offset = 99})->count() == 0);
  CHECK(read_all(*open({.kind = "jsonl", .path = path, .offset = 99})).empty());
}

TEST_CASE("jsonl: what follows does not depend on what was skipped") {
  const Folder folder;
  const std::string path =
      folder.write("set.jsonl", line("a") + line("b", R"(,"images":["no.png"])") + "bad\n" + line("a") +
                                    line("b") + line("c") + line("d"));
  const auto all = outline(read_all(*open({.kind = "jsonl", .path = path})));
  for (std::uint64_t from = 0; from <= 8; ++from) {
    const auto source = open({.kind = "jsonl", .path = path});
    REQUIRE(source->skip_to({from / 2}));
    REQUIRE(source->skip_to({from}));
    const auto rest = read_all(*source);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(from, all.size()));
    CHECK(outline(rest) == Lines(begin, all.end()));
    if (!rest.empty()) CHECK(rest[0].index.value == from);
  }
}

TEST_CASE("jsonl: images lie below the root, which is the file's folder by itself") {
  const Folder folder;
  const std::string path = folder.write("meta/set.jsonl", line("a", R"(,"images":"a.png")"));
  folder.write("pictures/a.png", png_file(1, 1));
  CHECK(contains(outline(read_all(*open({.kind = "jsonl", .path = path})))[0], "1: image 'a.png'"));
  CHECK(outline(read_all(*open({.kind = "jsonl", .path = path, .root = folder.path("pictures").string()}))) ==
        Lines{"a"});
}

TEST_CASE("jsonl: the configured answer type holds where the line has none") {
  const Folder folder;
  const std::string path = folder.write("set.jsonl", line("a") + line("b", R"(,"answer_type":"exact")"));
  const auto items =
      read_all(*open({.kind = "jsonl", .path = path, .answer_kind = domain::AnswerKind::kNumber}));
  CHECK(std::get<domain::Problem>(items[0].content).answer_kind == domain::AnswerKind::kNumber);
  CHECK(std::get<domain::Problem>(items[1].content).answer_kind == domain::AnswerKind::kExact);
}

TEST_CASE("jsonl: what cannot be opened is refused with the key and what to do") {
  const Folder folder;
  const std::string path = folder.write("set.jsonl", line("a"));
  CHECK(contains(refusal({.kind = "jsonl"}), "dataset.path: must name the file"));
  CHECK(contains(refusal({.kind = "jsonl", .path = folder.path("none").string()}),
                 "dataset.path: there is no file"));
  CHECK(contains(refusal({.kind = "jsonl", .path = folder.path().string()}), "is no file"));
  CHECK(contains(refusal({.kind = "jsonl", .path = path, .root = folder.path("none").string()}),
                 "dataset.root: "));
  const std::string whole = zstd(line("a") + line("b"));
  const auto cut =
      open_source({.kind = "jsonl", .path = folder.write("cut.zst", whole.substr(0, whole.size() - 4))});
  REQUIRE_FALSE(cut);
  CHECK(cut.error().kind == core::ErrorKind::kCorruption);
}

TEST_CASE("jsonl: an empty file has no problems") {
  const Folder folder;
  const auto source = open({.kind = "jsonl", .path = folder.write("set.jsonl", "\n\n")});
  CHECK(source->count() == 0);
  CHECK(read_all(*source).empty());
  CHECK(read_all(*source).empty());
}
