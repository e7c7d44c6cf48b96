#include "failing_calls.hpp"
#include "temporary_directory.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/storage/run_directory.hpp>

#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace viltree;
using namespace viltree::storage;
using core::ErrorKind;
using test::check_of_disk;
using test::fail_each_call;
using test::MemoryFileSystem;
using test::TemporaryDirectory;

TEST_CASE("run directory: names are those of the format") {
  CHECK(RunDirectory::tree_archive_name(0) == "trees/unit-000000.jsonl.zst");
  CHECK(RunDirectory::shard_name(1234567) == "shards/train-1234567.jsonl.zst");
  MemoryFileSystem fs;
  const RunDirectory run(fs, "runs/one");
  CHECK(run.manifest() == "runs/one/manifest.json");
  CHECK(run.path(RunDirectory::shard_name(7)) == "runs/one/shards/train-000007.jsonl.zst");
}

TEST_CASE("run directory: its folders outlast a power loss") {
  MemoryFileSystem fs;
  const RunDirectory run(fs, "runs/one");
  REQUIRE(run.create());
  fs.lose_power(test::PowerLoss::kDropped);
  CHECK(fs.list("runs/one") == std::vector<std::string>{"images", "journal", "shards", "trees"});
  CHECK(run.create());
}

TEST_CASE("run directory: a second writer is refused at once and told who is first") {
  const TemporaryDirectory folder;
  const RunDirectory run(real_file_system(), folder.path() / "run");
  REQUIRE(run.create());
  CHECK(run.lock_state()->held == false);
  const auto first = run.acquire_lock();
  REQUIRE(first);
  CHECK(run.lock_state()->held);
  const auto second = run.acquire_lock();
  REQUIRE(!second);
  CHECK(second.error().message.find("run directory '" + run.root().string() + "': in use by process " +
                                    std::to_string(::getpid())) == 0);
}

TEST_CASE("run directory: an image is written once, under its hash, and outlasts a power loss") {
  MemoryFileSystem fs;
  const RunDirectory run(fs, "run");
  REQUIRE(run.create());
  const std::string bytes = "not really a picture";
  const std::string sha256 = core::sha256_hex(bytes);
  const std::string name = "images/" + sha256.substr(0, 2) + "/" + sha256 + ".png";
  CHECK(run.put_image(sha256, "png", bytes) == name);
  const std::uint64_t calls = fs.calls();
  CHECK(run.put_image(sha256, "png", bytes) == name);
  CHECK(fs.calls() == calls);
  fs.lose_power(test::PowerLoss::kDropped);
  CHECK(fs.bytes("run/" + name) == bytes);
  fs.bytes("run/" + name).clear();
  CHECK(run.put_image(sha256, "png", bytes) == name);
  CHECK(fs.bytes("run/" + name) == bytes);
}

TEST_CASE("run directory: an image under a wrong hash or a strange extension is refused") {
  MemoryFileSystem fs;
  const RunDirectory run(fs, "run");
  REQUIRE(run.create());
  const std::string sha256 = core::sha256_hex("a");
  CHECK(run.put_image(sha256, "png", "b").error().kind == ErrorKind::kInvalidInput);
  CHECK(run.put_image("../../x", "png", "a").error().kind == ErrorKind::kInvalidInput);
  for (const std::string extension : {"", "PNG", "p/g", "..", "muchtoolong"}) {
    CHECK(run.put_image(sha256, extension, "a").error().kind == ErrorKind::kInvalidInput);
  }
  CHECK(fs.files().empty());
}

TEST_CASE("run directory: half-written files are removed, all others stay") {
  MemoryFileSystem fs;
  const RunDirectory run(fs, "run");
  CHECK(run.remove_leftovers() == 0U);
  REQUIRE(run.create());
  REQUIRE(make_durable_directories(fs, "run/images/ab"));
  for (const std::string name :
       {"manifest.json", "shards/a", "trees/b", "images/ab/c.png", "journal/000001.jsonl.zst"}) {
    REQUIRE(write_atomically(fs, run.path(name), name));
  }
  const auto kept = fs.files();
  for (const std::string name : {"manifest.json.tmp", "shards/a.tmp", "trees/b.tmp", "images/ab/c.png.tmp"}) {
    REQUIRE(write_atomically(fs, run.path(name), name));
  }
  CHECK(run.remove_leftovers() == 4U);
  CHECK(fs.files() == kept);
}

TEST_CASE("run directory: whatever call of making it fails, the next try makes it") {
  fail_each_call(
      [](MemoryFileSystem&) {}, [](MemoryFileSystem& fs) { return RunDirectory(fs, "runs/one").create(); },
      [](MemoryFileSystem& fs, const core::Status& made) {
        check_of_disk(made);
        REQUIRE(RunDirectory(fs, "runs/one").create());
        CHECK(fs.list("runs/one") == std::vector<std::string>{"images", "journal", "shards", "trees"});
      });
}

TEST_CASE(
    "run directory: whatever call of keeping an image fails, it is there whole or not, and kept by the "
    "next") {
  const std::string bytes = "not really a picture";
  const std::string sha256 = core::sha256_hex(bytes);
  const std::string name = "images/" + sha256.substr(0, 2) + "/" + sha256 + ".png";
  for (const bool half : {false, true}) {
    fail_each_call(
        [&](MemoryFileSystem& fs) {
          REQUIRE(RunDirectory(fs, "run").create());
          if (!half) return;
          REQUIRE(RunDirectory(fs, "run").put_image(sha256, "png", bytes));
          fs.bytes("run/" + name).resize(5);
        },
        [&](MemoryFileSystem& fs) { return RunDirectory(fs, "run").put_image(sha256, "png", bytes); },
        [&](MemoryFileSystem& fs, const core::Result<std::string>& put) {
          check_of_disk(put);
          if (put) CHECK(fs.bytes("run/" + name) == bytes);
          CHECK(RunDirectory(fs, "run").put_image(sha256, "png", bytes) == name);
          CHECK(fs.bytes("run/" + name) == bytes);
        });
  }
}

TEST_CASE(
    "run directory: whatever call of cleaning up fails, only half-written files go, and the next try removes "
    "them") {
  fail_each_call(
      [](MemoryFileSystem& fs) {
        REQUIRE(RunDirectory(fs, "run").create());
        REQUIRE(make_durable_directories(fs, "run/images/ab"));
        for (const char* name :
             {"run/manifest.json", "run/trees/a.tmp", "run/shards/b.tmp", "run/images/ab/c.tmp"})
          REQUIRE(write_atomically(fs, name, "x"));
      },
      [](MemoryFileSystem& fs) { return RunDirectory(fs, "run").remove_leftovers(); },
      [](MemoryFileSystem& fs, const core::Result<std::uint64_t>& removed) {
        check_of_disk(removed);
        REQUIRE(RunDirectory(fs, "run").remove_leftovers());
        CHECK(fs.files() == std::vector<std::string>{"run/manifest.json"});
      });
}
