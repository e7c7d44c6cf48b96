#include "journal_fixture.hpp"
#include "temporary_directory.hpp"
#include "zstdcat.hpp"

#include <viltree/core/random.hpp>

#include <thread>

#include <doctest/doctest.h>
#include <zstd.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;
using core::ErrorKind;

namespace {

const JournalOptions kStrict{.durability = Durability::kStrict};

}  // namespace

TEST_CASE("journal: records come back in order, over segments and over restarts") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, {.segment_bytes = 300}), 1, 5);
  append_groups(*open_writer(fs, {.segment_bytes = 300}), 6, 9);
  const Reading reading = read_all(fs);
  REQUIRE(reading.summary);
  CHECK(reading.records == groups(1, 9));
  CHECK(reading.summary->frames == 9);
  CHECK(reading.summary->records == 18);
  CHECK(reading.summary->last_segment > 2);
  CHECK(reading.summary->torn.bytes == 0);
}

TEST_CASE("journal: append and reading agree on the segment of a record") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs, kFrameASegment);
  for (int index = 1; index <= 3; ++index) {
    CHECK(writer->segment() == static_cast<std::uint64_t>(index));
    CHECK(writer->append(group(index)) == static_cast<std::uint64_t>(index));
  }
  std::vector<std::uint64_t> segments;
  REQUIRE(read_journal(fs, kJournal, 2, [&](std::string_view, std::uint64_t segment) {
    segments.push_back(segment);
    return core::Status{};
  }));
  CHECK(segments == std::vector<std::uint64_t>{2, 2, 3, 3});
}

TEST_CASE("journal: no folder, no segments, no records are an empty journal") {
  MemoryFileSystem fs;
  CHECK(read_all(fs).summary->last_segment == 0);
  const auto writer = open_writer(fs);
  CHECK(writer->append({}) == 1U);
  CHECK(writer->sync());
  CHECK(fs.files().empty());
  CHECK(read_all(fs).records.empty());
}

TEST_CASE("journal: zstdcat shows a header line and then the records of each frame") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs), 1, 2);
  const std::string text = test::zstdcat(fs.bytes(segment_path(1)));
  CHECK(text.starts_with("{\"frame\":1,\"link\":\"0000000000000000\",\"synced\":0}\n{\"answer\":1}\n"));
  CHECK(text.find("\n{\"frame\":2,\"link\":\"") != std::string::npos);
}

TEST_CASE("journal: strict appends are on the disk, normal ones after sync") {
  MemoryFileSystem fs;
  const auto strict = open_writer(fs, kStrict);
  append_groups(*strict, 1, 2);
  fs.lose_power(PowerLoss::kDropped);
  CHECK(read_all(fs).records == groups(1, 2));
  const auto normal = open_writer(fs);
  append_groups(*normal, 3, 4);
  CHECK(normal->sync());
  append_groups(*normal, 5, 5);
  CHECK(read_all(fs).records == groups(1, 5));  // a killed process loses nothing
  fs.lose_power(PowerLoss::kDropped);
  CHECK(read_all(fs).records == groups(1, 4));
}

TEST_CASE("journal: a last frame torn at any byte is cut, nothing before it is lost, and numbers go on") {
  MemoryFileSystem whole;
  append_groups(*open_writer(whole), 1, 2);
  const std::size_t kept = whole.bytes(segment_path(1)).size();
  MemoryFileSystem longer;
  append_groups(*open_writer(longer), 1, 3);
  const std::string bytes = longer.bytes(segment_path(1));
  for (std::size_t size = kept; size < bytes.size(); ++size) {
    MemoryFileSystem fs;
    append_groups(*open_writer(fs), 1, 1);
    fs.bytes(segment_path(1)) = bytes.substr(0, size);
    const Reading torn = read_all(fs);
    REQUIRE(torn.summary);
    CHECK(torn.records == groups(1, 2));
    CHECK(torn.summary->torn.bytes == size - kept);
    const auto writer = open_writer(fs);
    CHECK(writer->recovered().bytes == size - kept);
    CHECK(fs.bytes(segment_path(1)).size() == kept);
    append_groups(*writer, 4, 4);
    const Reading after = read_all(fs);
    REQUIRE(after.summary);
    Records expected = groups(1, 2);
    for (const std::string& record : group(4)) expected.push_back(record);
    CHECK(after.records == expected);
    CHECK(after.summary->frames == 3);
  }
}

TEST_CASE("journal: a first frame torn at any byte leaves an empty journal that can be used") {
  MemoryFileSystem whole;
  append_groups(*open_writer(whole), 1, 1);
  const std::string bytes = whole.bytes(segment_path(1));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    MemoryFileSystem fs;
    append_groups(*open_writer(fs), 1, 1);
    fs.bytes(segment_path(1)) = bytes.substr(0, size);
    CHECK(read_all(fs).records.empty());
    append_groups(*open_writer(fs), 7, 8);
    CHECK(read_all(fs).records == groups(7, 8));
  }
}

TEST_CASE("journal: tails of zeros and of garbage are torn tails") {
  core::Random random(11);
  std::string garbage(5000, '\0');
  for (char& c : garbage) c = static_cast<char>(random.next());
  for (const std::string& tail :
       {std::string(1, '\0'), std::string(4096, '\0'), garbage, std::string(99, '\x28')}) {
    MemoryFileSystem fs;
    append_groups(*open_writer(fs, kStrict), 1, 3);
    fs.bytes(segment_path(1)) += tail;
    CHECK(read_all(fs).summary->torn.bytes == tail.size());
    CHECK(open_writer(fs)->recovered().bytes == tail.size());
    CHECK(read_all(fs).records == groups(1, 3));
  }
}

TEST_CASE("journal: a torn tail in a fresh segment goes on from the segment before") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kFrameASegment), 1, 3);
  fs.bytes(segment_path(3)).pop_back();
  const auto writer = open_writer(fs, kFrameASegment);
  CHECK(writer->recovered().segment == 3);
  CHECK(writer->segment() == 3);
  append_groups(*writer, 3, 4);
  CHECK(read_all(fs).records == groups(1, 4));
  CHECK(read_all(fs).summary->last_segment == 4);
}

TEST_CASE("journal: every flipped bit is reported, or cut with the last frame; never a wrong record") {
  MemoryFileSystem original;
  append_groups(*open_writer(original, kStrict), 1, 2);
  append_groups(*open_writer(original, kStrict), 3, 5);
  for (const std::string& name : original.files()) {
    const std::string bytes = original.bytes(name);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      MemoryFileSystem fs;
      append_groups(*open_writer(fs, kStrict), 1, 2);
      append_groups(*open_writer(fs, kStrict), 3, 5);
      fs.bytes(name)[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      const std::string damaged = fs.bytes(name);
      const Reading reading = read_all(fs);
      CHECK(is_prefix(reading.records, groups(1, 5)));
      if (!reading.summary) {
        CHECK(is_corruption(reading.summary.error()));
      } else {
        CHECK(reading.records.size() >= groups(1, 4).size());
        CHECK((reading.summary->torn.bytes > 0 || reading.records == groups(1, 5)));
      }
      const auto writer = JournalWriter::open(fs, kJournal, {});
      if (!writer) CHECK(fs.bytes(name) == damaged);
      if (reading.summary) CHECK(writer.has_value());
    }
  }
}

TEST_CASE("journal: damage in the middle is kCorruption with file and offset, for readers and writers") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kStrict), 1, 1);
  const std::size_t first_frame = fs.bytes(segment_path(1)).size();
  fs.bytes(segment_path(1)).clear();
  append_groups(*open_writer(fs, kStrict), 1, 4);
  fs.bytes(segment_path(1))[first_frame + 20] ^= 1;
  const Reading reading = read_all(fs);
  REQUIRE(!reading.summary);
  CHECK(reading.records == groups(1, 1));
  CHECK(is_corruption(reading.summary.error()));
  CHECK(reading.summary.error().message.find("'" + segment_path(1) + "' at byte " +
                                             std::to_string(first_frame)) != std::string::npos);
  const auto writer = JournalWriter::open(fs, kJournal, {});
  REQUIRE(!writer);
  CHECK(is_corruption(writer.error()));
}

TEST_CASE(
    "journal: a hole in the part that was never synced is a torn tail; the same hole once synced is not") {
  for (const bool synced : {false, true}) {
    MemoryFileSystem fs;
    const auto writer = open_writer(fs);
    append_groups(*writer, 1, 1);
    const std::size_t hole = fs.bytes(segment_path(1)).size();
    append_groups(*writer, 2, 3);
    if (synced) REQUIRE(writer->sync());
    append_groups(*writer, 4, 4);
    fs.bytes(segment_path(1)).replace(hole, 16, 16, '\0');
    const Reading reading = read_all(fs);
    CHECK(reading.records == groups(1, 1));
    CHECK(reading.summary.has_value() == !synced);
    if (!synced) CHECK(reading.summary->torn.lost_frames == 2);
  }
}

TEST_CASE("journal: a missing, empty or shortened segment in the middle is kCorruption") {
  const auto damaged = [](const auto& damage) {
    MemoryFileSystem fs;
    append_groups(*open_writer(fs, {.segment_bytes = 300}), 1, 12);
    REQUIRE(fs.files().size() >= 4);
    damage(fs);
    const Reading reading = read_all(fs, 1);
    CHECK(is_prefix(reading.records, groups(1, 12)));
    REQUIRE(!reading.summary);
    CHECK(is_corruption(reading.summary.error()));
    return reading.summary.error().message;
  };
  CHECK(damaged([](MemoryFileSystem& fs) { (void)fs.remove(segment_path(2)); }).find("000002") !=
        std::string::npos);
  CHECK(damaged([](MemoryFileSystem& fs) { (void)fs.remove(segment_path(1)); }).find("000001") !=
        std::string::npos);
  damaged([](MemoryFileSystem& fs) { fs.bytes(segment_path(2)).clear(); });
  damaged([](MemoryFileSystem& fs) { fs.bytes(segment_path(2)).pop_back(); });
  damaged([](MemoryFileSystem& fs) { std::swap(fs.bytes(segment_path(2)), fs.bytes(segment_path(3))); });
  damaged([](MemoryFileSystem& fs) {  // a whole frame is gone, and the cut is clean
    std::string& bytes = fs.bytes(segment_path(2));
    bytes.resize(inspect_frame(bytes)->bytes);
  });
}

TEST_CASE("journal: a segment of another journal is kCorruption though its numbers fit") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kFrameASegment), 1, 3);
  MemoryFileSystem other;
  append_groups(*open_writer(other, kFrameASegment), 11, 13);
  fs.bytes(segment_path(2)) = other.bytes(segment_path(2));
  const Reading reading = read_all(fs);
  CHECK(reading.records == groups(1, 1));
  REQUIRE(!reading.summary);
  CHECK(is_corruption(reading.summary.error()));
}

TEST_CASE("journal: a frame without a checksum is no frame") {
  MemoryFileSystem fs;
  REQUIRE(make_durable_directories(fs, kJournal));
  const std::string text = "{\"frame\":1,\"link\":\"0000000000000000\",\"synced\":0}\nrecord\n";
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 3));
  REQUIRE(write_atomically(fs, segment_path(1), frame));
  CHECK(read_all(fs).records.empty());
  CHECK(read_all(fs).summary->torn.bytes == frame.size());
}

TEST_CASE(
    "journal: segments removed from the start are not missed, and numbers go on when all others are gone") {
  MemoryFileSystem fs;
  {
    const auto writer = open_writer(fs, kFrameASegment);
    append_groups(*writer, 1, 4);
    CHECK(writer->remove_before(3));
    CHECK(read_all(fs).records == groups(3, 4));
    CHECK(read_all(fs, 4).records == groups(4, 4));
    CHECK(!read_all(fs, 1).summary);
    CHECK(writer->remove_before(writer->segment()));
    CHECK(fs.files() == std::vector<std::string>{segment_path(4)});
  }
  CHECK(read_all(fs, 5).summary->last_segment == 0);
  append_groups(*open_writer(fs, kFrameASegment), 5, 6);
  CHECK(read_all(fs, 5).records == groups(5, 6));
  CHECK(read_all(fs).summary->last_segment == 6);
}

TEST_CASE("journal: the newest segment is missed when it is gone") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kFrameASegment), 1, 4);
  for (int number = 1; number <= 4; ++number) REQUIRE(fs.remove(segment_path(number)));
  const Reading reading = read_all(fs, 5);
  REQUIRE(!reading.summary);
  CHECK(is_corruption(reading.summary.error()));
}

TEST_CASE("journal: the only segment left must hold a frame, since others were removed for it") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kFrameASegment), 1, 4);
  REQUIRE(open_writer(fs, kFrameASegment)->remove_before(4));
  fs.bytes(segment_path(4)).resize(10);
  CHECK(!read_all(fs).summary);
  CHECK(!JournalWriter::open(fs, kJournal, {}));
}

TEST_CASE("journal: after a full disk the writer is dead, and the next open cuts and goes on") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs);
  append_groups(*writer, 1, 2);
  fs.limit_space(10);
  const auto refused = writer->append(group(3));
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kExhausted);
  fs.restart();
  CHECK(writer->append(group(3)).error().message == refused.error().message);
  CHECK(writer->sync().error().message == refused.error().message);
  CHECK(!writer->remove_before(1));
  const auto next = open_writer(fs);
  CHECK(next->recovered().bytes == 10);
  append_groups(*next, 3, 4);
  CHECK(read_all(fs).records == groups(1, 4));
}

TEST_CASE("journal: after a failed sync the writer is dead") {
  for (const Durability durability : {Durability::kNormal, Durability::kStrict}) {
    MemoryFileSystem fs;
    const auto writer = open_writer(fs, {.durability = durability});
    append_groups(*writer, 1, 2);
    CHECK(writer->sync());
    fs.fail_next_sync();
    if (durability == Durability::kNormal) REQUIRE(writer->append(group(3)));
    const bool third =
        durability == Durability::kNormal ? writer->sync().has_value() : writer->append(group(3)).has_value();
    CHECK(!third);
    CHECK(!writer->append(group(4)));
    CHECK(!writer->sync());
    CHECK(read_all(fs).records == groups(1, 2));
  }
}

TEST_CASE("journal: what cannot be stored is refused before anything is written") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs);
  CHECK(writer->append(Records{"two\nlines"}).error().kind == ErrorKind::kInvalidInput);
  CHECK(writer->append(Records{std::string(core::limits::kFrameBytes, 'x')}).error().kind ==
        ErrorKind::kExhausted);
  append_groups(*writer, 1, 1);
  CHECK(read_all(fs).records == groups(1, 1));
}

TEST_CASE("journal: records of any bytes but a line feed come back") {
  MemoryFileSystem fs;
  std::string odd;
  for (int c = 0; c < 256; ++c) {
    if (c != '\n') odd.push_back(static_cast<char>(c));
  }
  REQUIRE(open_writer(fs)->append(Records{odd, "", odd}));
  CHECK(read_all(fs).records == Records{odd, "", odd});
}

TEST_CASE("journal: an error of the callback ends the reading and is handed on") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs), 1, 3);
  int seen = 0;
  const auto summary = read_journal(fs, kJournal, 0, [&](std::string_view, std::uint64_t) -> core::Status {
    if (++seen == 3) return core::fail(ErrorKind::kCancelled, "enough");
    return {};
  });
  REQUIRE(!summary);
  CHECK(summary.error().message == "enough");
  CHECK(seen == 3);
}

TEST_CASE("journal: one thread appends while another syncs") {
  const TemporaryDirectory folder;
  auto opened = JournalWriter::open(real_file_system(), folder.path() / "journal", {.segment_bytes = 2000});
  REQUIRE(opened);
  JournalWriter& writer = **opened;
  constexpr int kGroups = 100;
  std::jthread syncing([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && writer.sync()) {
    }
  });
  append_groups(writer, 1, kGroups);
  syncing.request_stop();
  syncing.join();
  Records records;
  const auto summary = read_journal(real_file_system(), folder.path() / "journal", 1,
                                    [&](std::string_view record, std::uint64_t) {
                                      records.emplace_back(record);
                                      return core::Status{};
                                    });
  REQUIRE(summary);
  CHECK(summary->last_segment > 1);
  CHECK(records == groups(1, kGroups));
}
