#include "faults/memory_file_system.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/storage/manifest.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using core::ErrorKind;
using test::MemoryFileSystem;

namespace {

UnitEntry unit(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  UnitEntry entry;
  entry.unit = number;
  entry.first_problem = number * 256;
  entry.problems = 256;
  entry.trees = 250;
  entry.rows = 3'000'000'000;
  entry.rejected = 6;
  entry.counts = {{"rollouts", 7}};
  entry.complete = true;
  entry.tree_archive = {"trees/unit-" + digits + ".jsonl.zst", 100, core::sha256_hex("t" + digits), 250};
  entry.shard = {"shards/train-" + digits + ".jsonl.zst", 200, core::sha256_hex("s" + digits), 3'000'000'000};
  return entry;
}

Manifest two_units() {
  Manifest manifest;
  manifest.program = "0.1.0";
  manifest.config_hash = "abc";
  manifest.total_problems = 1'000'000;
  manifest.journal_from = 3;
  manifest.put(unit(4));
  manifest.put(unit(1));
  return manifest;
}

/// The error for a manifest file in which `from` has become `to`.
core::Error error_after(const std::string& from, const std::string& to) {
  MemoryFileSystem fs;
  REQUIRE(save_manifest(fs, "manifest.json", two_units()));
  std::string& text = fs.bytes("manifest.json");
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const auto loaded = load_manifest(fs, "manifest.json");
  REQUIRE(!loaded);
  return loaded.error();
}

bool corrupt_with(const core::Error& error, const std::string& text) {
  INFO(error.message);
  return error.kind == ErrorKind::kCorruption && error.message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("manifest: what is saved is loaded, and nothing where there is no file") {
  MemoryFileSystem fs;
  CHECK(load_manifest(fs, "manifest.json")->has_value() == false);
  REQUIRE(save_manifest(fs, "manifest.json", two_units()));
  const auto loaded = load_manifest(fs, "manifest.json");
  REQUIRE(loaded);
  CHECK(**loaded == two_units());
  CHECK(fs.files() == std::vector<std::string>{"manifest.json"});
}

TEST_CASE("manifest: a kernel is listed or not, and its entry is checked as that of any file") {
  MemoryFileSystem fs;
  Manifest manifest = two_units();
  manifest.kernel = FileEntry{"kernel.json", 2000, core::sha256_hex("k"), 1};
  REQUIRE(save_manifest(fs, "manifest.json", manifest));
  CHECK(**load_manifest(fs, "manifest.json") == manifest);
  std::string& text = fs.bytes("manifest.json");
  const std::string good = text;
  const auto error_with = [&](const std::string& from, const std::string& to) {
    text = good;
    text.replace(text.find(from), from.size(), to);
    return load_manifest(fs, "manifest.json").error();
  };
  CHECK(corrupt_with(error_with("\"bytes\": 2000", "\"bytes\": -1"), "manifest.kernel.bytes"));
  CHECK(corrupt_with(error_with("\"kernel.json\"", "\"../kernel.json\""), "kernel: path"));
  CHECK(corrupt_with(error_with("\"kernel\": {", "\"kernel\": 3, \"x\": {"),
                     "manifest.kernel is not an object"));
}

TEST_CASE("manifest: units stay in order, each once, and are found by number") {
  Manifest manifest = two_units();
  CHECK(manifest.units.front().unit == 1);
  UnitEntry changed = unit(4);
  changed.rows = 5;
  manifest.put(changed);
  CHECK(manifest.units.size() == 2);
  REQUIRE(manifest.find(4) != nullptr);
  CHECK(manifest.find(4)->rows == 5);
  CHECK(manifest.find(2) == nullptr);
}

TEST_CASE("manifest: damage is kCorruption and says which key") {
  CHECK(corrupt_with(error_after("{", "["), "not JSON"));
  CHECK(corrupt_with(error_after("\"rows\": 3000000000", "\"rows\": -1"),
                     "units[0].rows is not a whole number"));
  CHECK(corrupt_with(error_after("\"rows\": 3000000000", "\"rows\": 1.5"),
                     "units[0].rows is not a whole number"));
  CHECK(corrupt_with(error_after("\"complete\": true", "\"complete\": 1"), "complete is not true or false"));
  CHECK(corrupt_with(error_after("\"config_hash\"", "\"config\""), "config_hash is missing"));
  CHECK(corrupt_with(error_after("\"units\": [", "\"units\": [7, "), "units[0] is not an object"));
  CHECK(corrupt_with(error_after("\"shard\": {", "\"shard\": 0, \"x\": {"), "shard is not an object"));
  CHECK(corrupt_with(error_after("\"unit\": 4", "\"unit\": 1"), "listed twice"));
  CHECK(corrupt_with(error_after("\"first_problem\": 1024", "\"first_problem\": 300"), "unit 4 overlaps"));
  CHECK(corrupt_with(error_after("\"first_problem\": 1024", "\"first_problem\": 18446744073709551615"),
                     "too many"));
  CHECK(corrupt_with(error_after("trees/unit-1.", "../unit-1."), "not below the run directory"));
  CHECK(corrupt_with(error_after("shards/train-4.", "/shards/train-4."), "not below the run directory"));
  CHECK(corrupt_with(error_after(core::sha256_hex("s4"), "ABC"), "sha256 'ABC'"));
}

TEST_CASE("manifest: deep nesting is refused") {
  MemoryFileSystem fs;
  const std::string deep(200'000, '[');
  REQUIRE(write_atomically(fs, "manifest.json", deep));
  CHECK(load_manifest(fs, "manifest.json").error().kind == ErrorKind::kCorruption);
  REQUIRE(write_atomically(fs, "manifest.json",
                           "{\"format\":1,\"units\":" + deep + std::string(deep.size(), ']') + "}"));
  CHECK(load_manifest(fs, "manifest.json").error().kind == ErrorKind::kCorruption);
}

TEST_CASE("manifest: one of a newer program is refused with a hint, not called damaged") {
  const core::Error error = error_after("\"format\": 1", "\"format\": 2");
  CHECK(error.kind == ErrorKind::kInvalidInput);
  CHECK(error.message.find("newer viltree") != std::string::npos);
}

TEST_CASE("manifest: what could not be loaded is not saved") {
  MemoryFileSystem fs;
  Manifest manifest = two_units();
  manifest.units[1].shard.path = "../elsewhere";
  CHECK(save_manifest(fs, "manifest.json", manifest).error().kind == ErrorKind::kInvalidInput);
  CHECK(fs.files().empty());
}

TEST_CASE("verify_file: size, contents and presence are checked") {
  MemoryFileSystem fs;
  REQUIRE(make_durable_directories(fs, "run/shards"));
  const std::string bytes(3'000'000, 'x');
  REQUIRE(write_atomically(fs, "run/shards/a", bytes));
  const FileEntry entry{"shards/a", bytes.size(), core::sha256_hex(bytes), 1};
  CHECK(verify_file(fs, "run", entry));
  fs.bytes("run/shards/a")[2'999'999] = 'y';
  CHECK(corrupt_with(verify_file(fs, "run", entry).error(), "sha256 is "));
  fs.bytes("run/shards/a").pop_back();
  CHECK(corrupt_with(verify_file(fs, "run", entry).error(), "2999999 bytes, the manifest says 3000000"));
  REQUIRE(fs.remove("run/shards/a"));
  CHECK(corrupt_with(verify_file(fs, "run", entry).error(), "missing"));
}
