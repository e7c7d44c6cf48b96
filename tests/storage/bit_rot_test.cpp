#include "journal_fixture.hpp"

#include <viltree/core/random.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;

// Bytes that change on the disk: what is delivered was written, and what is missing is said.

namespace {

const Path kLines = "lines.jsonl.zst";
const Path kManifest = "manifest.json";

Records some_lines(int count) {
  Records lines;
  for (int i = 0; i < count; ++i)
    lines.push_back("{\"line\":" + std::to_string(i) + ",\"text\":\"" + std::string(i % 90, 'x') + "\"}");
  return lines;
}

FileEntry write_lines(MemoryFileSystem& fs, const Records& lines) {
  const auto writer = *LineFileWriter::create(fs, kLines, {.compression_level = 3, .frame_text_bytes = 1500});
  for (const std::string& line : lines) REQUIRE(writer->add_line(line));
  const LineFileSummary summary = *writer->finish();
  return {kLines.string(), summary.bytes, summary.sha256, summary.lines};
}

Manifest some_manifest(const FileEntry& file) {
  Manifest manifest;
  manifest.program = "test";
  manifest.config_hash = "0123456789abcdef";
  manifest.total_problems = 40;
  manifest.journal_from = 3;
  manifest.kernel = file;
  for (std::uint64_t unit = 0; unit < 2; ++unit) {
    UnitEntry entry;
    entry.unit = unit;
    entry.first_problem = unit * 20;
    entry.problems = 20;
    entry.trees = 19;
    entry.rows = 1234;
    entry.rejected = 1;
    entry.complete = true;
    entry.counts = {{"answers", 88}, {"rollouts", 400}};
    entry.tree_archive = entry.shard = file;
    manifest.put(entry);
  }
  return manifest;
}

/// What a damaged file gives: right records only, and an error where any are missing. A journal that ends
/// early, between two frames, looks like one of which no more was written.
void check_journal(MemoryFileSystem& fs, const Records& written, bool may_end_early = false) {
  const Reading reading = read_all(fs);
  REQUIRE(is_prefix(reading.records, written));
  if (reading.records.size() == written.size()) return;
  const bool said = !reading.summary || reading.summary->torn.bytes > 0;
  REQUIRE((said || may_end_early));
}

void check_lines(MemoryFileSystem& fs, const Records& written, const FileEntry& entry, bool changed) {
  REQUIRE(verify_file(fs, "", entry).has_value() == !changed);
  const auto reader = LineFileReader::open(fs, kLines);
  if (!reader) return;
  Records read;
  const core::Status done = reader->for_each_line([&](std::uint64_t, std::string_view line) {
    read.emplace_back(line);
    return core::Status{};
  });
  REQUIRE(is_prefix(read, written));
  const bool said = !done || read == written;
  REQUIRE(said);
}

void check_manifest(MemoryFileSystem& fs, const Manifest& written) {
  const auto loaded = load_manifest(fs, kManifest);
  const bool same_or_said = !loaded || **loaded == written;
  REQUIRE(same_or_said);
}

/// Calls `check` with every shorter file, and with every bit flipped; the file is as it was afterwards.
void rot(std::string& bytes, const std::function<void(bool changed)>& check) {
  const std::string good = bytes;
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    bytes = good.substr(0, size);
    check(true);
  }
  bytes = good;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    CAPTURE(bit);
    bytes[bit / 8] = static_cast<char>(good[bit / 8] ^ (1 << (bit % 8)));
    check(true);
    bytes[bit / 8] = good[bit / 8];
  }
  check(false);
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Flips one to three bits of a file, checks, and puts them back, again and again.
void rot_by_chance(core::Random& random, std::uint64_t flips, const std::vector<std::string*>& files,
                   const std::function<void(bool changed)>& check) {
  const auto below = [&](std::size_t end) {
    return static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(end) - 1));
  };
  while (flips > 0) {
    std::string& bytes = *files[below(files.size())];
    const std::string good = bytes;
    for (std::int64_t hits = random.between(1, 3); hits > 0 && flips > 0; --hits, --flips) {
      char& byte = bytes[below(bytes.size())];
      byte = static_cast<char>(byte ^ (1 << below(8)));
    }
    check(bytes != good);
    bytes = good;
  }
}

}  // namespace

TEST_CASE("bit rot: every byte cut off and every bit flipped in a small journal") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, {.durability = Durability::kStrict}), 1, 2);
  append_groups(*open_writer(fs, {.durability = Durability::kStrict}), 3, 5);
  const std::vector<std::string> segments = fs.files();
  REQUIRE(segments.size() == 2);
  for (const std::string& name : segments) {
    std::string& bytes = fs.bytes(name);
    const std::size_t size = bytes.size();
    rot(bytes, [&](bool) {
      const bool is_cut = bytes.size() < size;
      check_journal(fs, groups(1, 5), is_cut && name == segments.back());
    });
  }
}

TEST_CASE("bit rot: every byte cut off and every bit flipped in a small line file") {
  MemoryFileSystem fs;
  const Records lines = some_lines(40);
  const FileEntry entry = write_lines(fs, lines);
  rot(fs.bytes(kLines), [&](bool changed) { check_lines(fs, lines, entry, changed); });
}

TEST_CASE("bit rot: every byte cut off and every bit flipped in a manifest") {
  MemoryFileSystem fs;
  const Manifest manifest = some_manifest(write_lines(fs, some_lines(3)));
  REQUIRE(save_manifest(fs, kManifest, manifest));
  rot(fs.bytes(kManifest), [&](bool) { check_manifest(fs, manifest); });
  CHECK(**load_manifest(fs, kManifest) == manifest);
}

TEST_CASE("bit rot: a manifest without a checksum is taken, as older programs wrote it") {
  MemoryFileSystem fs;
  const Manifest manifest = some_manifest(write_lines(fs, some_lines(3)));
  REQUIRE(save_manifest(fs, kManifest, manifest));
  std::string& text = fs.bytes(kManifest);
  const std::size_t at = text.find(",\n \"checksum\"");
  REQUIRE(at != std::string::npos);
  text = text.substr(0, at) + "\n}\n";
  CHECK(**load_manifest(fs, kManifest) == manifest);
}

TEST_CASE("bit rot: a manifest whose checksum is no longer called so is refused, whatever else it says") {
  MemoryFileSystem fs;
  REQUIRE(save_manifest(fs, kManifest, some_manifest(write_lines(fs, some_lines(3)))));
  std::string& text = fs.bytes(kManifest);
  text[text.find("checksum") + 2] = 'm';
  text[text.find("1234") + 1] = '6';
  CHECK(is_corruption(load_manifest(fs, kManifest).error()));
}

// By hand: VILTREE_BIT_ROT_FLIPS=1000000 build/release/tests/storage/test_storage -tc="bit rot: flips by
// chance*"
TEST_CASE("bit rot: flips by chance in larger files") {
  const std::uint64_t seed = from_environment("VILTREE_BIT_ROT_SEED", 1);
  const std::uint64_t flips = from_environment("VILTREE_BIT_ROT_FLIPS", 3000);
  MESSAGE("seed " << seed << ", " << flips << " flips in a journal, in a line file and in a manifest");
  core::Random random(seed);
  MemoryFileSystem fs;
  for (int first = 1; first <= 60; first += 12)
    append_groups(*open_writer(fs, {.durability = Durability::kStrict}), first, first + 11);
  std::vector<std::string*> segments;
  for (const std::string& name : fs.files()) segments.push_back(&fs.bytes(name));
  const Records records = groups(1, 60);
  const Records lines = some_lines(400);
  const FileEntry entry = write_lines(fs, lines);
  const Manifest manifest = some_manifest(entry);
  REQUIRE(save_manifest(fs, kManifest, manifest));
  rot_by_chance(random, flips / 3, segments, [&](bool) { check_journal(fs, records); });
  rot_by_chance(random, flips / 3, {&fs.bytes(kLines)},
                [&](bool changed) { check_lines(fs, lines, entry, changed); });
  rot_by_chance(random, flips / 3, {&fs.bytes(kManifest)}, [&](bool) { check_manifest(fs, manifest); });
}
