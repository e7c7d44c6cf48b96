#include "benches.hpp"
#include "workbench.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/random.hpp>
#include <viltree/storage/journal.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;
using Clock = std::chrono::steady_clock;
using Records = std::vector<std::string>;

constexpr std::size_t kGroup = 16;             // answers that share a frame, as in a crawl
constexpr std::chrono::seconds kSyncEvery{1};  // of the crawl

void or_fatal(const core::Status& status) {
  if (!status) throw core::FatalError(ExitCode::kStorage, status.error().message);
}

double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// About as long, and as easy to compress, as the record of an answer of four steps.
std::string make_record(core::Random& random) {
  constexpr std::array<const char*, 16> kWords = {"the",  "square", "has",   "side",  "so",     "area",
                                                  "is",   "then",   "left",  "count", "circle", "red",
                                                  "blue", "and",    "total", "of"};
  std::string text = "{\"problem\":" + std::to_string(random.between(0, 9'999)) +
                     ",\"ticket\":" + std::to_string(random.between(1, 400)) + ",\"text\":\"";
  for (int i = 0; i < 120; ++i) {
    text += kWords[static_cast<std::size_t>(random.between(0, 15))];
    text += i % 5 == 0 ? " " + std::to_string(random.between(0, 999)) + " " : " ";
  }
  return text + "\"}";
}

std::vector<Records> make_groups(std::uint64_t count, std::uint64_t seed) {
  core::Random random(seed);
  std::vector<Records> groups(count);
  for (Records& group : groups) {
    for (std::size_t i = 0; i < kGroup; ++i) group.push_back(make_record(random));
  }
  return groups;
}

struct Times {
  double wall = 0;              ///< seconds, with the last sync
  double cpu = 0;               ///< seconds
  std::vector<double> appends;  ///< seconds each, ascending
};

/// Appends `count` times; meanwhile another thread syncs every second, where `sync` is given.
Times measure(std::uint64_t count, const std::function<void(std::uint64_t)>& append,
              const std::function<void()>& sync) {
  std::atomic<bool> over = false;
  std::thread syncer([&] {
    for (auto next = Clock::now() + kSyncEvery; sync && !over;
         std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
      if (Clock::now() < next) continue;
      sync();
      next = Clock::now() + kSyncEvery;
    }
  });
  Times times;
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto before = Clock::now();
    append(i);
    times.appends.push_back(seconds(Clock::now() - before));
  }
  over = true;
  syncer.join();
  if (sync) sync();
  times.wall = seconds(Clock::now() - start);
  times.cpu = cpu_seconds() - cpu;
  std::sort(times.appends.begin(), times.appends.end());
  return times;
}

void print_times(std::ostream& out, const std::string& what, const Times& times) {
  const auto count = static_cast<double>(times.appends.size());
  const double answers = count * static_cast<double>(kGroup);
  out << what << '\n';
  print(out, "  answers a second", answers / times.wall, "1/s");
  print(out, "  processor time of an answer", 1e6 * times.cpu / answers, "us");
  print(out, "  append of a group, median", 1e6 * times.appends[times.appends.size() / 2], "us");
  print(out, "  append of a group, 99th percentile", 1e6 * times.appends[times.appends.size() * 99 / 100],
        "us");
}

Times with_journal(const std::filesystem::path& folder, const std::vector<Records>& groups,
                   storage::Durability durability) {
  const auto journal = value_or_fatal(
      storage::JournalWriter::open(storage::real_file_system(), folder, {.durability = durability}),
      ExitCode::kStorage);
  const auto append = [&](std::uint64_t i) {
    value_or_fatal(journal->append(groups[i]), ExitCode::kStorage);
  };
  if (durability == storage::Durability::kStrict) return measure(groups.size(), append, nullptr);
  return measure(groups.size(), append, [&] { or_fatal(journal->sync()); });
}

/// The journal's bytes when all but its last segment are compacted, and how long that takes.
void print_compaction(std::ostream& out, const std::filesystem::path& folder,
                      const std::vector<Records>& groups) {
  const storage::JournalOptions small{.segment_bytes = 512 * 1024};
  const auto journal = value_or_fatal(
      storage::JournalWriter::open(storage::real_file_system(), folder, small), ExitCode::kStorage);
  for (const Records& group : groups) value_or_fatal(journal->append(group), ExitCode::kStorage);
  or_fatal(journal->sync());
  const auto before = static_cast<double>(bytes_below(folder));
  const double cpu = cpu_seconds();
  while (journal->may_compact()) or_fatal(journal->compact());
  out << "sealed segments of 512 KiB, compacted\n";
  print(out, "  bytes, of those before", 100 * static_cast<double>(bytes_below(folder)) / before, "%");
  print(out, "  processor time of a megabyte of the journal", 1e3 * (cpu_seconds() - cpu) / (before / 1e6),
        "ms");
}

/// Appends of as many bytes as the journal's frames have, with the same syncs and nothing else.
Times plainly(const std::filesystem::path& file_path, std::uint64_t count, std::uint64_t bytes,
              bool sync_each) {
  const auto file = value_or_fatal(storage::real_file_system().open(file_path, storage::OpenMode::kCreate),
                                   ExitCode::kStorage);
  const std::string piece(bytes / count, 'x');
  const auto append = [&](std::uint64_t) {
    or_fatal(file->append(piece));
    if (sync_each) or_fatal(file->sync());
  };
  if (sync_each) return measure(count, append, nullptr);
  return measure(count, append, [&] { or_fatal(file->sync()); });
}

}  // namespace

void run_journal(const Options& options, std::ostream& out) {
  const Workbench bench;
  const std::vector<Records> groups = make_groups(10 * options.problems, options.seed);
  std::uint64_t text = 0;
  for (const Records& group : groups) {
    for (const std::string& record : group) text += record.size() + 1;
  }
  out << "journal: " << groups.size() << " groups of " << kGroup << " answers, "
      << text / (groups.size() * kGroup) << " bytes each, seed " << options.seed << ", in "
      << bench.folder("").string() << '\n';
  const Times normal = with_journal(bench.folder("normal"), groups, storage::Durability::kNormal);
  const std::uint64_t bytes = bytes_below(bench.folder("normal"));
  const Times plain = plainly(bench.folder("plain"), groups.size(), bytes, false);
  const Times strict = with_journal(bench.folder("strict"), groups, storage::Durability::kStrict);
  const Times plain_strict = plainly(bench.folder("plain-strict"), groups.size(), bytes, true);
  print(out, "bytes of an answer, compressed",
        static_cast<double>(bytes) / static_cast<double>(groups.size() * kGroup), "bytes");
  print_times(out, "normal: the journal, synced every second beside the appends", normal);
  print_times(out, "plain appends of as many bytes, the same syncs", plain);
  print_times(out, "strict: the journal, synced at every group", strict);
  print_times(out, "plain appends of as many bytes, a sync each", plain_strict);
  print_compaction(out, bench.folder("compacted"), groups);
}

}  // namespace viltree::bench
