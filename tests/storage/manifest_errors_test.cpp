#include "failing_calls.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/storage/manifest.hpp>

#include <limits>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;
using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

const Path kFile = "manifest.json";

Manifest manifest_of(std::uint64_t units) {
  Manifest manifest;
  manifest.program = "0.1.0";
  manifest.total_problems = 100;
  for (std::uint64_t i = 0; i < units; ++i) {
    UnitEntry unit;
    unit.unit = i;
    unit.first_problem = 10 * i;
    unit.problems = 10;
    unit.counts = {{"rollouts", 7}};
    unit.tree_archive = {"trees/" + std::to_string(i), 1, core::sha256_hex("t"), 1};
    unit.shard = {"shards/" + std::to_string(i), 2, core::sha256_hex("s"), 1};
    manifest.put(unit);
  }
  return manifest;
}

void save_one(MemoryFileSystem& fs) {
  REQUIRE(save_manifest(fs, kFile, manifest_of(1)));
}

/// The error for a manifest file with this text.
core::Error error_of(const std::string& text) {
  MemoryFileSystem fs;
  REQUIRE(write_atomically(fs, kFile, text));
  const auto loaded = load_manifest(fs, kFile);
  REQUIRE(!loaded);
  return loaded.error();
}

bool corrupt_with(const core::Error& error, const std::string& text) {
  INFO(error.message);
  return error.kind == ErrorKind::kCorruption && error.message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("manifest: whatever call of a save fails, the old one or the new one is there, and whole") {
  fail_each_call(
      save_one, [](MemoryFileSystem& fs) { return save_manifest(fs, kFile, manifest_of(2)); },
      [](MemoryFileSystem& fs, const Status& saved) {
        check_of_disk(saved);
        const auto loaded = load_manifest(fs, kFile);
        REQUIRE(loaded);
        CHECK((**loaded == manifest_of(2) || (!saved && **loaded == manifest_of(1))));
        REQUIRE(save_manifest(fs, kFile, manifest_of(3)));
        CHECK(**load_manifest(fs, kFile) == manifest_of(3));
        CHECK(fs.files() == std::vector<std::string>{kFile.string()});
      });
}

TEST_CASE("manifest: whatever call of a load fails, it is an error of the disk, never an empty run") {
  fail_each_call(
      save_one, [](MemoryFileSystem& fs) { return load_manifest(fs, kFile); },
      [](MemoryFileSystem&, const Result<std::optional<Manifest>>& loaded) {
        check_of_disk(loaded);
        if (loaded) CHECK(**loaded == manifest_of(1));
      });
}

TEST_CASE("manifest: whatever call of hashing or verifying a file fails, it is an error of the disk") {
  const std::string bytes(2'500'000, 'x');
  const FileEntry entry{"a", bytes.size(), core::sha256_hex(bytes), 3};
  const auto prepare = [&](MemoryFileSystem& fs) {
    REQUIRE(make_durable_directories(fs, "run"));
    REQUIRE(write_atomically(fs, "run/a", bytes));
  };
  fail_each_call(
      prepare, [](MemoryFileSystem& fs) { return entry_of_file(fs, "run", "a", 3); },
      [&](MemoryFileSystem&, const Result<FileEntry>& found) {
        check_of_disk(found);
        if (found) CHECK(*found == entry);
      });
  fail_each_call(
      prepare, [&](MemoryFileSystem& fs) { return verify_file(fs, "run", entry); },
      [](MemoryFileSystem&, const Status& verified) { check_of_disk(verified); });
}

TEST_CASE("manifest: JSON that is none, or has other types, is kCorruption and says which") {
  CHECK(corrupt_with(error_of("[]"), "manifest is not an object"));
  CHECK(corrupt_with(error_of("7"), "manifest is not an object"));
  CHECK(corrupt_with(error_of("{}"), "manifest.format is missing"));
  CHECK(corrupt_with(error_of("{\"format\":\"1\"}"), "manifest.format is not a whole number"));
  CHECK(corrupt_with(error_of("{\"format\":1,\"program\":2}"), "manifest.program is not a string"));
  const std::string head =
      "{\"format\":1,\"program\":\"\",\"config_hash\":\"\",\"total_problems\":1,\"journal_from\":1,";
  CHECK(corrupt_with(error_of(head + "\"units\":{}}"), "manifest.units is not a list"));
  CHECK(corrupt_with(error_of(head + "\"units\":[{}]}"), "units[0].unit is missing"));
  CHECK(corrupt_with(error_of(head + "\"units\":[7,8]}"), "units[0] is not an object"));
  CHECK(corrupt_with(error_of(head + "\"units\":[], \"what\":1}"), "its checksum does not fit"));
  CHECK(corrupt_with(error_of(head + "\"units\":[], \"checksum\":1}"), "its checksum does not fit"));
}

TEST_CASE("manifest: a unit that is not listed is not found, wherever it would stand") {
  Manifest manifest = manifest_of(2);
  manifest.units.erase(manifest.units.begin());
  CHECK(manifest.find(0) == nullptr);
  CHECK(manifest.find(1) != nullptr);
  CHECK(manifest.find(2) == nullptr);
}

TEST_CASE("manifest: what has wrong paths, hashes or counts is neither saved nor loaded") {
  MemoryFileSystem fs;
  const auto refused = [&](const auto& change, const std::string& text) {
    Manifest manifest = manifest_of(2);
    change(manifest);
    const Status saved = save_manifest(fs, kFile, manifest);
    REQUIRE(!saved);
    INFO(saved.error().message);
    CHECK(saved.error().kind == ErrorKind::kInvalidInput);
    CHECK(saved.error().message.find(text) != std::string::npos);
  };
  refused([](Manifest& m) { m.units[0].shard.path.clear(); }, "unit 0 shard: path ''");
  refused([](Manifest& m) { m.units[1].tree_archive.path = "/trees/1"; }, "unit 1 tree_archive: path");
  refused([](Manifest& m) { m.units[0].shard.sha256.pop_back(); }, "unit 0 shard: sha256");
  refused([](Manifest& m) { m.units[0].shard.sha256[3] = 'G'; }, "unit 0 shard: sha256");
  refused([](Manifest& m) { m.kernel = FileEntry{"..", 1, core::sha256_hex(""), 1}; }, "kernel: path");
  refused([](Manifest& m) { m.units[1].unit = 0; }, "listed twice");
  refused([](Manifest& m) { m.units[0].problems = 11; }, "unit 1 overlaps");
  refused([](Manifest& m) { m.units[1].problems = std::numeric_limits<std::uint64_t>::max(); }, "too many");
  CHECK(fs.files().empty());
}
