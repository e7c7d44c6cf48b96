#include "failing_calls.hpp"
#include "journal_fixture.hpp"

#include <algorithm>
#include <new>
#include <optional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;
using core::Result;
using core::Status;

namespace {

constexpr int kLast = 12;
const JournalOptions kStrictFrameASegment{.segment_bytes = 1, .durability = Durability::kStrict};

/// Groups 1 to kLast in sealed segments of three.
void fill(MemoryFileSystem& fs) {
  for (int first = 1; first <= kLast; first += 3)
    append_groups(*open_writer(fs, {.durability = Durability::kStrict}), first, first + 2);
}

/// How far a session came.
struct Session {
  int appended = 0;  ///< the last group that was acknowledged
  int synced = 0;    ///< the last one that is on the disk
  Status status = {};
  explicit operator bool() const { return status.has_value(); }
};

/// Opens the journal, appends the groups that it does not have, and syncs now and then; ends at the first
/// error.
Session go_on(MemoryFileSystem& fs, int from, const JournalOptions& options) {
  Session session{from - 1, from - 1};
  const auto fail = [&](const core::Error& error) {
    session.status = core::fail(error);
    return session;
  };
  const auto writer = JournalWriter::open(fs, kJournal, options);
  if (!writer) return fail(writer.error());
  for (int index = from; index <= kLast; ++index) {
    const auto appended = (*writer)->append(group(index));
    if (!appended) {
      CHECK((*writer)->append(group(index)).error().message == appended.error().message);
      CHECK((*writer)->sync().error().message == appended.error().message);
      CHECK(!(*writer)->may_compact());
      CHECK((*writer)->compact());  // has nothing to do any more
      return fail(appended.error());
    }
    session.appended = index;
    if (options.durability == Durability::kStrict) session.synced = index;
    if (index % 3 != 0) continue;
    if (const Status synced = (*writer)->sync(); !synced) {
      CHECK((*writer)->append(group(index)).error().message == synced.error().message);
      return fail(synced.error());
    }
    session.synced = index;
  }
  return session;
}

}  // namespace

TEST_CASE(
    "journal: whatever call of a session fails, what was acknowledged stays, and the next one goes on") {
  for (const JournalOptions& options :
       {JournalOptions{.segment_bytes = 300}, JournalOptions{.durability = Durability::kStrict},
        JournalOptions{.segment_bytes = 1}}) {
    for (const bool torn : {false, true}) {
      fail_each_call(
          [&](MemoryFileSystem& fs) {
            const auto writer = open_writer(fs, options);
            append_groups(*writer, 1, 3);
            REQUIRE(writer->sync());
            if (torn) fs.bytes(fs.files().back()) += "torn";
          },
          [&](MemoryFileSystem& fs) {
            Session session = go_on(fs, 4, options);
            if (fs.has_lost_at_sync()) session.appended = session.synced;
            return session;
          },
          [&](MemoryFileSystem& fs, const Session& session) {
            if (!session) CHECK(!is_corruption(session.status.error()));
            const Records kept = read_all(fs).records;
            const int first = session.appended;
            CHECK(is_prefix(groups(1, first), kept));
            CHECK(is_prefix(kept, groups(1, kLast)));
            CHECK(go_on(fs, static_cast<int>(kept.size() / group(1).size()) + 1, options));
            CHECK(read_all(fs).records == groups(1, kLast));
          });
    }
  }
}

TEST_CASE("journal: the first session may fail at any call, too") {
  fail_each_call([](MemoryFileSystem&) {}, [](MemoryFileSystem& fs) { return go_on(fs, 1, {}); },
                 [](MemoryFileSystem& fs, const Session&) {
                   const Records kept = read_all(fs).records;
                   CHECK(is_prefix(kept, groups(1, kLast)));
                   CHECK(go_on(fs, static_cast<int>(kept.size() / group(1).size()) + 1, {}));
                   CHECK(read_all(fs).records == groups(1, kLast));
                 });
}

TEST_CASE("journal: opening fails where the segment before a torn one cannot be read, and says why") {
  fail_each_call(
      [](MemoryFileSystem& fs) {
        append_groups(*open_writer(fs, kStrictFrameASegment), 1, 3);
        const auto last = fs.open(segment_path(3), OpenMode::kAppend);
        REQUIRE((*last)->truncate(5));
        REQUIRE((*last)->sync());
      },
      [](MemoryFileSystem& fs) { return JournalWriter::open(fs, kJournal, {}); },
      [](MemoryFileSystem& fs, const auto& opened) {
        check_of_disk(opened);
        CHECK(read_all(fs).records == groups(1, 2));
        append_groups(*open_writer(fs), 3, 4);
        CHECK(read_all(fs).records == groups(1, 4));
      });
}

TEST_CASE("journal: whatever call of a removal fails, the segments that are asked for stay") {
  fail_each_call(
      fill,
      [](MemoryFileSystem& fs) -> Status {
        const auto writer = JournalWriter::open(fs, kJournal, {});
        if (!writer) return core::fail(writer.error());
        if (const auto appended = (*writer)->append(group(90)); !appended)
          return core::fail(appended.error());
        return (*writer)->remove_before(3);
      },
      [](MemoryFileSystem& fs, const Status& removed) {
        check_of_disk(removed);
        Records kept = read_all(fs, 3).records;
        kept.resize(std::min(kept.size(), groups(7, kLast).size()));
        CHECK(kept == groups(7, kLast));
        if (removed) CHECK(!fs.exists(segment_path(2)).value());
        CHECK(open_writer(fs)->remove_before(3));
        CHECK(!fs.exists(segment_path(1)).value());
        CHECK(!fs.exists(segment_path(2)).value());
        CHECK(read_all(fs).summary);
      });
}

TEST_CASE("journal: whatever call of a compaction fails, all records stay, and the next one does it") {
  std::string compacted;
  {
    MemoryFileSystem fs;
    fill(fs);
    const auto writer = open_writer(fs);
    REQUIRE(writer->compact());
    compacted = fs.bytes(segment_path(1));
  }
  fail_each_call(
      fill,
      [](MemoryFileSystem& fs) -> Status {
        const auto writer = JournalWriter::open(fs, kJournal, {});
        if (!writer) return core::fail(writer.error());
        return (*writer)->compact();
      },
      [&](MemoryFileSystem& fs, const Status& done) {
        check_of_disk(done);
        CHECK(read_all(fs).records == groups(1, kLast));
        CHECK(open_writer(fs)->compact());
        CHECK(fs.bytes(segment_path(1)) == compacted);
        CHECK(read_all(fs).records == groups(1, kLast));
      });
}

TEST_CASE("journal: whatever call of a reading fails, it is an error of the disk, and nothing wrong comes") {
  Records records;
  fail_each_call(
      fill,
      [&](MemoryFileSystem& fs) {
        Reading reading = read_all(fs);
        records = std::move(reading.records);
        return std::move(reading.summary);
      },
      [&](MemoryFileSystem& fs, const Result<JournalSummary>& summary) {
        check_of_disk(summary);
        CHECK(is_prefix(records, groups(1, kLast)));
        CHECK(summary.has_value() == (records.size() == groups(1, kLast).size()));
        CHECK(read_all(fs).records == groups(1, kLast));
      });
}

namespace {

/// A disk on which memory runs out within a call: before the bytes are written, or behind it.
class ThrowingFileSystem final : public FileSystem {
 public:
  explicit ThrowingFileSystem(MemoryFileSystem& below) : below_(below) {}
  enum class When { kNever, kBefore, kBehind };
  When when = When::kNever;

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override {
    auto file = below_.open(path, mode);
    if (!file) return file;
    return std::make_unique<ThrowingFile>(*this, std::move(*file));
  }
  Status rename(const Path& from, const Path& to) override { return below_.rename(from, to); }
  Status remove(const Path& path) override { return below_.remove(path); }
  Status make_directories(const Path& path) override { return below_.make_directories(path); }
  Status sync_directory(const Path& path) override { return below_.sync_directory(path); }
  Result<std::vector<std::string>> list(const Path& path) override { return below_.list(path); }
  Result<bool> exists(const Path& path) override { return below_.exists(path); }
  Result<std::unique_ptr<FileLock>> lock(const Path& path) override { return below_.lock(path); }
  Result<LockState> lock_state(const Path& path) override { return below_.lock_state(path); }

 private:
  class ThrowingFile final : public File {
   public:
    ThrowingFile(ThrowingFileSystem& fs, std::unique_ptr<File> below) : fs_(fs), below_(std::move(below)) {}
    Status append(std::string_view bytes) override {
      if (fs_.when == When::kBefore) throw std::bad_alloc();
      Status appended = below_->append(bytes);
      if (fs_.when == When::kBehind) throw std::bad_alloc();
      return appended;
    }
    Status sync() override { return below_->sync(); }
    Status truncate(std::uint64_t size) override { return below_->truncate(size); }
    Result<std::uint64_t> size() const override { return below_->size(); }
    Result<std::size_t> read(std::span<char> into) override { return below_->read(into); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
      return below_->read_at(offset, into);
    }

   private:
    ThrowingFileSystem& fs_;
    std::unique_ptr<File> below_;
  };

  MemoryFileSystem& below_;
};

}  // namespace

TEST_CASE("journal: after memory ran out amid an append the writer is dead, and the next open goes on") {
  using When = ThrowingFileSystem::When;
  for (const When when : {When::kBefore, When::kBehind}) {
    MemoryFileSystem disk;
    ThrowingFileSystem fs(disk);
    const auto writer = open_writer(fs);
    append_groups(*writer, 1, 2);
    fs.when = when;
    CHECK_THROWS_AS((void)writer->append(group(3)), std::bad_alloc);
    fs.when = When::kNever;
    CHECK(writer->append(group(4)).error().message == "out of memory");
    CHECK(!writer->sync());
    CHECK(!writer->may_compact());
    const int kept = when == When::kBehind ? 3 : 2;
    CHECK(read_all(fs).records == groups(1, kept));
    append_groups(*open_writer(fs), kept + 1, 5);
    CHECK(read_all(fs).records == groups(1, 5));
  }
}
