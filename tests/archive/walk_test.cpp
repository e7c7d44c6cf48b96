#include "archive/fixture.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/archive/frames.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/codec/codec.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using archive::Part;
using archive::test::RunFixture;
using core::ErrorKind;
using Indices = std::vector<std::uint64_t>;

namespace {

constexpr std::size_t kOneLine = 1;  // of text: every line is a frame

/// Units of two trees, each in a frame of its own.
class Units : public RunFixture {
 public:
  explicit Units(std::uint64_t units) : RunFixture(kOneLine) {
    for (std::uint64_t i = 0; i < units; ++i)
      add_unit({tree(2 * i, std::to_string(2 * i)), tree(2 * i + 1, std::to_string(2 * i + 1))});
  }
};

std::string archive_of(std::uint64_t unit) {
  return storage::RunDirectory::tree_archive_name(unit);
}

/// Gathers the problems' indices in the order in which they come.
archive::TreeWork<Indices> gathering(Indices& into) {
  archive::TreeWork<Indices> work;
  work.begin = [] { return Indices(); };
  work.add = [](Indices& indices, const search::StoredTree& stored) {
    indices.push_back(stored.problem.index.value);
    return core::Status();
  };
  work.take = [&into](const Indices& indices) {
    into.insert(into.end(), indices.begin(), indices.end());
    return core::Status();
  };
  return work;
}

core::Status walk(const RunFixture& fixture, const archive::TreeWork<Indices>& work, int threads = 0) {
  return archive::for_each_tree(fixture.run(), *archive::manifest_of(fixture.run()), threads, work);
}

bool says(const core::Error& error, std::string_view what) {
  return error.message.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("committed: a folder without a manifest is no run, and one without a unit has finished nothing") {
  RunFixture fixture;
  const auto none = archive::manifest_of(fixture.run());
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().kind == ErrorKind::kInvalidInput);
  CHECK(says(none.error(), "is not a run directory"));
  CHECK(archive::manifest_or_empty(fixture.run())->units.empty());
  const auto nothing = archive::manifest_with_units(fixture.run());
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().kind == ErrorKind::kInvalidInput);
  CHECK(says(nothing.error(), "has finished nothing yet"));
  fixture.add_unit({fixture.tree(0, "a")});
  CHECK(archive::manifest_with_units(fixture.run())->units.size() == 1);
  fixture.write("manifest.json", "{");
  CHECK(archive::manifest_of(fixture.run()).error().kind == ErrorKind::kCorruption);
  CHECK(archive::manifest_or_empty(fixture.run()).error().kind == ErrorKind::kCorruption);
}

TEST_CASE("trees: all come once, in the order of the problems, whatever the number of threads") {
  const Units fixture(9);
  Indices expected;
  for (std::uint64_t i = 0; i < 18; ++i) expected.push_back(i);
  for (const int threads : {0, 1, 3}) {
    Indices seen;
    REQUIRE(walk(fixture, gathering(seen), threads).has_value());
    CHECK(seen == expected);
  }
}

TEST_CASE("trees: an error of what is done with them ends the walk, and comes back as it is") {
  const Units fixture(20);
  Indices seen;
  archive::TreeWork<Indices> work = gathering(seen);
  const auto take = work.take;
  work.take = [&](Indices indices) -> core::Status {
    if (seen.size() == 3) return core::fail(ErrorKind::kExhausted, "the disk is full");
    return take(std::move(indices));
  };
  const auto done = walk(fixture, work);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message == "the disk is full");
  CHECK(seen == Indices{0, 1, 2});

  work = gathering(seen);
  work.add = [](Indices&, const search::StoredTree& stored) -> core::Status {
    return core::fail(ErrorKind::kInvalidInput, "problem " + std::to_string(stored.problem.index.value));
  };
  CHECK(walk(fixture, work).error().message == "problem 0");
}

TEST_CASE("trees: damage is told with the archive and what to do; what stands before it has been taken") {
  Units fixture(3);
  fixture.damage(archive_of(1));
  Indices seen;
  const auto done = walk(fixture, gathering(seen));
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::kCorruption);
  CHECK(says(done.error(), archive_of(1)));
  CHECK(says(done.error(), "`viltree verify` says what else is damaged"));
  CHECK(std::count(seen.begin(), seen.end(), 1) == 1);
  CHECK(std::count(seen.begin(), seen.end(), 4) == 0);
}

TEST_CASE("trees: a line that is no tree is told by archive, frame and line") {
  Units fixture(1);
  const auto writer =
      *storage::LineFileWriter::create(fixture.run().file_system(), fixture.run().path(archive_of(0)), {});
  REQUIRE(writer->add_line(codec::encode_tree(fixture.tree(0, "a"))).has_value());
  REQUIRE(writer->add_line("{}").has_value());
  REQUIRE(writer->finish().has_value());
  Indices seen;
  const auto done = walk(fixture, gathering(seen));
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message.starts_with(archive_of(0) + ": frame 0, line 2 of it: "));
}

TEST_CASE("trees: an archive with more or fewer trees than the manifest says is damaged") {
  for (const std::uint64_t listed : {1U, 3U}) {
    Units fixture(2);
    fixture.list_trees(1, listed);
    Indices seen;
    const auto done = walk(fixture, gathering(seen));
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == ErrorKind::kCorruption);
    CHECK(
        says(done.error(), archive_of(1) + " has 2 trees, but the manifest says " + std::to_string(listed)));
  }
}

TEST_CASE("trees: some are spread evenly over the frames, and can be gone through again") {
  const Units fixture(6);
  const storage::Manifest manifest = *archive::manifest_of(fixture.run());
  const auto some = archive::some_trees(fixture.run(), manifest, 4);
  REQUIRE(some.has_value());
  for (int round = 0; round < 2; ++round) {
    Indices seen;
    REQUIRE(archive::for_each_tree(fixture.run(), *some, 2, gathering(seen)).has_value());
    CHECK(seen.size() == 4);
    CHECK(seen.front() == 0);
    CHECK(seen.back() == 11);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
  }
  CHECK(archive::some_trees(fixture.run(), manifest, 12)->size() == 6);  // whole archives
  CHECK(archive::some_trees(fixture.run(), manifest, 0)->size() == 1);
}

TEST_CASE("trees: of a frame with many, so many as are wanted are spread evenly over it") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
  fixture.add_unit({fixture.tree(2, "c"), fixture.tree(3, "d")});
  const auto some = archive::some_trees(fixture.run(), *archive::manifest_of(fixture.run()), 3);
  REQUIRE(some.has_value());
  Indices seen;
  REQUIRE(archive::for_each_tree(fixture.run(), *some, 0, gathering(seen)).has_value());
  CHECK(seen == Indices{0, 2, 3});
}

TEST_CASE("frames: who wants to goes on behind damage, in shards as in archives") {
  Units fixture(2);
  fixture.damage(archive_of(0));
  for (const auto& [file, whole] : {std::pair(archive_of(0), false), std::pair(archive_of(1), true),
                                    std::pair(storage::RunDirectory::shard_name(1), true)}) {
    std::uint64_t lines = 0;
    std::uint64_t damaged = 0;
    archive::FrameWork<std::uint64_t> work;
    work.work = [](const archive::Frame& frame) {
      std::uint64_t read = 0;
      (void)archive::for_each_line(frame, [&](std::uint64_t, std::string_view) {
        ++read;
        return core::Status();
      });
      return read;
    };
    work.take = [&](std::uint64_t read) {
      lines += read;
      damaged += read == 0 ? 1 : 0;
      return true;
    };
    CHECK(archive::for_each_frame(fixture.run(), {{file}}, 0, work).has_value());
    CHECK(lines > 0);
    CHECK((damaged == 0) == whole);
  }
}

TEST_CASE("frames: enough is enough, and a frame that is not there is an error") {
  const Units fixture(30);
  std::vector<std::size_t> seen;
  archive::FrameWork<std::size_t> work;
  work.work = [](const archive::Frame& frame) { return frame.number; };
  work.take = [&](std::size_t number) {
    seen.push_back(number);
    return seen.size() < 3;
  };
  const auto all = archive::all_trees(*archive::manifest_of(fixture.run()));
  CHECK(archive::for_each_frame(fixture.run(), all, 0, work).has_value());
  CHECK(seen == std::vector<std::size_t>{0, 1, 0});
  seen.clear();
  const std::vector<Part> parts = {{archive_of(2), 1}, {archive_of(2), 0}, {archive_of(2), 2}};
  const auto done = archive::for_each_frame(fixture.run(), parts, 0, work);
  CHECK(seen == std::vector<std::size_t>{1, 0});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message == archive_of(2) + " has no frame 2");
}
