#include "run_journal.hpp"

#include "storage_value.hpp"

#include <viltree/storage/journal_repair.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace viltree::crawl {

namespace {

constexpr std::chrono::seconds kSyncEvery{1};

std::unique_ptr<storage::JournalWriter> open_journal(const Options& options, const Parts& parts) {
  storage::JournalOptions journal;
  journal.segment_bytes = options.segment_bytes;
  journal.durability = options.durability;
  journal.sealed_level = options.compression_level;
  storage::FileSystem& fs = parts.run.file_system();
  const storage::Path aside = parts.run.damaged() / "journal";
  const std::uint64_t saved = storage_value(storage::salvage_tail(fs, parts.run.journal(), aside));
  if (saved > 0) {
    parts.observer.notice("journal: a power loss tore its end; saved " + std::to_string(saved) +
                          " groups of answers from behind the tear");
  }
  auto writer = storage_value(storage::JournalWriter::open(fs, parts.run.journal(), journal));
  if (writer->recovered().bytes > 0) {
    parts.observer.notice("journal: cut " + std::to_string(writer->recovered().bytes) +
                          " bytes of an unfinished group of answers");
  }
  return writer;
}

}  // namespace

RunJournal::RunJournal(const Options& options, const Parts& parts)
    : options_(options), parts_(parts), writer_(open_journal(options, parts)) {}

RunJournal::~RunJournal() {
  sync_.wait();
  compaction_.wait();
}

void RunJournal::know(std::map<std::uint64_t, std::uint64_t> first_segments) {
  first_segments_ = std::move(first_segments);
}

void RunJournal::append(const std::vector<Received>& received) {
  std::uint64_t segment = 0;
  for (const auto& group : journal_groups(received)) {
    const std::uint64_t written = storage_value(writer_->append(group));
    segment = segment == 0 ? written : segment;
  }
  for (const Received& one : received)
    first_segments_.try_emplace(one.record.problem.value / options_.unit_size, segment);
}

void RunJournal::keep_up() {
  sync_now_and_then();
  compact();
}

void RunJournal::sync_now_and_then() {
  if (sync_.begun()) {
    if (!sync_.done()) return;
    storage_value(sync_.take());
  }
  const auto now = parts_.clock.now();
  if (now - last_sync_ < kSyncEvery) return;
  last_sync_ = now;
  sync_.begin(parts_.background, [this] { return writer_->sync(); });
}

/// A journal that is kept is kept small, one sealed segment at a time.
void RunJournal::compact() {
  if (compaction_.begun()) {
    if (!compaction_.done()) return;
    storage_value(compaction_.take());
  }
  if (options_.keep_journal && writer_->may_compact())
    compaction_.begin(parts_.background, [this] { return writer_->compact(); });
}

void RunJournal::sync() {
  if (sync_.begun()) storage_value(sync_.take());
  storage_value(writer_->sync());
}

void RunJournal::settle() {
  if (compaction_.begun()) storage_value(compaction_.take());
}

std::uint64_t RunJournal::needed_from() const {
  std::uint64_t from = writer_->segment();
  for (const auto& [unit, segment] : first_segments_) from = std::min(from, segment);
  return from;
}

void RunJournal::committed_before(std::uint64_t unit, std::uint64_t from) {
  first_segments_.erase(first_segments_.begin(), first_segments_.lower_bound(unit));
  if (!options_.keep_journal) storage_value(writer_->remove_before(from));
}

}  // namespace viltree::crawl
