#include "failing_calls.hpp"
#include "journal_fixture.hpp"

#include <viltree/core/random.hpp>
#include <viltree/storage/journal_repair.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::storage;
using namespace viltree::test;

namespace {

const std::string kLink(16, '0');

core::Status pass_over(std::string_view, std::uint64_t) {
  return {};
}

/// A journal of this one frame.
Reading read_frame(const std::string& text) {
  MemoryFileSystem fs;
  REQUIRE(make_durable_directories(fs, kJournal));
  REQUIRE(write_atomically(fs, segment_path(1), compress_frame(text, 3).value()));
  return read_all(fs);
}

/// A header line, from what follows the number of the frame.
std::string header(const std::string& rest) {
  return "{\"frame\":1,\"link\":\"" + kLink + "\"" + rest + "\n";
}

}  // namespace

TEST_CASE("journal format: a frame with a header in another form is no frame") {
  CHECK(read_frame(header(",\"synced\":0}") + "a\n").records == Records{"a"});
  CHECK(read_frame(header(",\"synced\":0,\"joined\":2}") + "a\n").summary->frames == 2);
  const std::string next = ",\"synced\":0,\"next\":2,\"next_link\":\"" + kLink + "\"";
  CHECK(read_frame(header(next + "}") + "a\n").records == Records{"a"});
  for (const std::string& text : {
           std::string(),
           std::string("\n"),
           std::string("no header\n"),
           std::string("{\"frame\":x,\"link\":\"\n"),
           std::string("{\"frame\":1,\"lank\":\"\n"),
           std::string("{\"frame\":1,\"link\":\"00\n"),
           std::string("{\"frame\":1,\"link\":\"x000000000000000\",\"synced\":0}\n"),
           std::string("{\"frame\":99999999999999999999,\"link\":\"") + kLink + "\",\"synced\":0}\n",
           header(",\"sinked\":0}"),
           header(",\"synced\":}"),
           header(",\"synced\":0"),
           header(",\"synced\":00}"),
           header(",\"synced\":0} "),
           header(",\"synced\":0,\"joined\":1}"),
           header(",\"synced\":0,\"joined\":x}"),
           header(",\"synced\":0,\"next\":x}"),
           header(",\"synced\":0,\"next\":2}"),
           header(",\"synced\":0,\"next\":2,\"next_link\":\"00\"}"),
           header(",\"synced\":0,\"next\":2,\"next_link\":\"x000000000000000\"}"),
           header(",\"synced\":0,\"next\":2,\"next_link\":\"" + kLink + "}"),
           header(",\"synced\":0,\"next\":0,\"next_link\":\"" + kLink + "\"}"),
           "{\"frame\":0,\"link\":\"" + kLink + "\",\"synced\":0,\"next\":0,\"next_link\":\"" + kLink +
               "\"}\n",
           header(next + ",\"more\":1}"),
           header(",\"synced\":0,\"joined\":2,\"next\":2,\"next_link\":\"" + kLink + "\"}") + "a\n",
           header(",\"synced\":0}") + "no end",
       }) {
    CAPTURE(text);
    const Reading reading = read_frame(text);
    REQUIRE(reading.summary);
    CHECK(reading.records.empty());
    CHECK(reading.summary->frames == 0);
    CHECK(reading.summary->torn.bytes > 0);
  }
}

TEST_CASE("journal format: a frame whose header says that it stands elsewhere is kCorruption") {
  const Reading reading = read_frame(header(",\"synced\":5}") + "a\n");
  REQUIRE(!reading.summary);
  CHECK(is_corruption(reading.summary.error()));
  CHECK(reading.summary.error().message.find("not from this place") != std::string::npos);
}

TEST_CASE("journal format: files with other names are none of the journal") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs), 1, 2);
  for (const char* name : {"000000.jsonl.zst", "1.jsonl.zst", "000002.jsonl.zst.tmp", "000003.jsonl", "notes",
                           "99999999999999999999999.jsonl.zst"}) {
    REQUIRE(write_atomically(fs, kJournal / name, "what is no frame"));
  }
  CHECK(read_all(fs).records == groups(1, 2));
  CHECK(read_all(fs).summary->last_segment == 1);
  append_groups(*open_writer(fs), 3, 3);
  CHECK(read_all(fs).records == groups(1, 3));
}

TEST_CASE("journal: an empty folder is an empty journal, to read, to survey, to repair and to go on with") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs);
  CHECK(writer->remove_before(3));
  CHECK(writer->compact());
  CHECK(writer->bytes_written() == 0);
  const auto surveyed = survey_journal(fs, kJournal, pass_over);
  REQUIRE(surveyed);
  CHECK(surveyed->sound());
  CHECK(surveyed->damaged_bytes() == 0);
  CHECK(repair_journal(fs, kJournal, *surveyed, "run/damaged"));
  CHECK(salvage_tail(fs, kJournal, "run/damaged") == 0U);
  CHECK(fs.files().empty());
  append_groups(*writer, 1, 1);
  CHECK(writer->bytes_written() == fs.bytes(segment_path(1)).size());
}

TEST_CASE(
    "journal: several segments that are gone are missed, and a torn one in which reading begins is not") {
  MemoryFileSystem fs;
  append_groups(*open_writer(fs, kFrameASegment), 1, 4);
  const Reading beyond = read_all(fs, 7);
  REQUIRE(!beyond.summary);
  CHECK(beyond.summary.error().message.find("000006") != std::string::npos);
  fs.bytes(segment_path(4)).resize(5);
  const Reading torn = read_all(fs, 4);
  REQUIRE(torn.summary);
  CHECK(torn.records.empty());
  CHECK(torn.summary->torn.bytes == 5);
}

TEST_CASE("journal: a second writer beside the first is noticed by the one that comes too late") {
  MemoryFileSystem fs;
  const auto first = open_writer(fs);
  const auto second = open_writer(fs);
  append_groups(*second, 1, 1);
  const auto refused = first->append(group(2));
  REQUIRE(!refused);
  CHECK(refused.error().message.find("one writer at a time") != std::string::npos);
  append_groups(*second, 2, 2);
  CHECK(read_all(fs).records == groups(1, 2));
}

TEST_CASE("journal: a segment may end while it is synced") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs, {.segment_bytes = 100});
  append_groups(*writer, 1, 1);
  REQUIRE(writer->segment() == 1);
  bool inside = false;
  fs.before_call = [&](const std::string&) {
    if (!std::exchange(inside, true)) append_groups(*writer, 2, 3);
  };
  CHECK(writer->sync());
  CHECK(writer->segment() > 1);
  append_groups(*writer, 4, 4);
  CHECK(writer->sync());
  fs.before_call = nullptr;
  fs.lose_power(PowerLoss::kDropped);
  CHECK(read_all(fs).records == groups(1, 4));
}

TEST_CASE("journal: what killed the writer first is what it says, though a sync fails beside it") {
  MemoryFileSystem fs;
  const auto writer = open_writer(fs);
  append_groups(*writer, 1, 1);
  bool inside = false;
  std::string reason;
  fs.before_call = [&](const std::string&) {
    if (std::exchange(inside, true)) return;
    fs.fail_at(fs.all_calls() + 1, FaultKind::kFull, true);
    reason = writer->append(group(2)).error().message;
    fs.fail_at(fs.all_calls() + 1, FaultKind::kError, true);
  };
  CHECK(writer->sync().error().message.find("Input/output error") != std::string::npos);
  CHECK(reason.find("No space left") != std::string::npos);
  CHECK(writer->sync().error().message == reason);
}

TEST_CASE("compaction: frames are joined up to some size, and a longer one stays alone") {
  const std::string mib(std::size_t{1} << 20U, 'x');
  MemoryFileSystem fs;
  {
    const auto writer = open_writer(fs);
    for (const int size : {1, 1, 1, 3, 6, 1}) {
      REQUIRE(writer->append(Records(static_cast<std::size_t>(size), mib)));
    }
  }
  append_groups(*open_writer(fs), 1, 1);
  const Records before = read_all(fs).records;
  REQUIRE(open_writer(fs)->compact());
  std::vector<std::size_t> sizes;
  for (std::string_view rest = fs.bytes(segment_path(1)); !rest.empty();) {
    const auto info = inspect_frame(rest);
    REQUIRE(info);
    sizes.push_back(info->text_size.value() >> 20U);
    rest.remove_prefix(info->bytes);
  }
  CHECK(sizes == std::vector<std::size_t>{3, 3, 6, 1});
  CHECK(read_all(fs).records == before);
  CHECK(read_all(fs).summary->frames == 7);
}

namespace {

/// The first segment is as it was after an attempt to compact it.
void check_left_alone(MemoryFileSystem& fs, const JournalOptions& options = {}) {
  const std::string before = fs.bytes(segment_path(1));
  const auto writer = open_writer(fs, options);
  REQUIRE(writer->may_compact());
  CHECK(writer->compact());
  CHECK(fs.bytes(segment_path(1)) == before);
}

}  // namespace

TEST_CASE("compaction: a segment that is damaged, was repaired, or has one frame is left as it is") {
  MemoryFileSystem one;
  append_groups(*open_writer(one), 1, 1);
  append_groups(*open_writer(one), 2, 2);
  check_left_alone(one);

  MemoryFileSystem fs;
  append_groups(*open_writer(fs), 1, 3);
  append_groups(*open_writer(fs), 4, 4);
  std::string& bytes = fs.bytes(segment_path(1));
  bytes[bytes.size() / 2] ^= 1;
  check_left_alone(fs);
  const auto surveyed = survey_journal(fs, kJournal, pass_over);
  REQUIRE(repair_journal(fs, kJournal, *surveyed, "run/damaged"));
  check_left_alone(fs);
}

TEST_CASE("compaction: a segment that would not get smaller is left as it is") {
  core::Random random(3);
  Records words;  // drawn anew and anew: what a high level finds of them, a low one does not
  for (int i = 0; i < 300; ++i) {
    words.emplace_back();
    for (int k = 0; k < 8; ++k) words.back() += static_cast<char>('a' + random.between(0, 25));
  }
  Records records(1000);
  for (std::string& record : records) {
    for (int i = 0; i < 20; ++i) record += words[static_cast<std::size_t>(random.between(0, 299))];
  }
  MemoryFileSystem fs;
  {
    const auto writer = open_writer(fs, {.compression_level = 19});
    REQUIRE(writer->append(records));
    REQUIRE(writer->append(Records{"short"}));
  }
  append_groups(*open_writer(fs), 1, 1);
  check_left_alone(fs, {.sealed_level = kLeastCompressionLevel});
}
