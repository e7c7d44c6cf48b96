#include "journal_format.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/storage/journal.hpp>

#include <algorithm>

namespace viltree::storage {

using core::ErrorKind;
using core::Lock;
using core::Result;
using core::Status;

JournalWriter::JournalWriter(FileSystem& fs, Path directory, const JournalOptions& options)
    : fs_(fs), directory_(std::move(directory)), options_(options), compressor_(options.compression_level) {
  VILTREE_CHECK(options.segment_bytes > 0 && options.segment_bytes <= kMostSegmentOption);
}

Result<std::unique_ptr<JournalWriter>> JournalWriter::open(FileSystem& fs, Path directory,
                                                           const JournalOptions& options) {
  std::unique_ptr<JournalWriter> writer(new JournalWriter(fs, std::move(directory), options));
  const Lock lock(writer->mutex_);
  if (Status made = make_durable_directories(fs, writer->directory_); !made) return core::fail(made.error());
  if (Status recovered = writer->recover(); !recovered) return core::fail(recovered.error());
  return writer;
}

/// Takes up number and link of the last whole frame, and cuts what is behind it.
Status JournalWriter::recover() {
  const Result<std::vector<std::uint64_t>> segments = list_segments(fs_, directory_);
  if (!segments) return core::fail(segments.error());
  if (segments->empty()) return {};
  compact_next_ = segments->front();
  const std::uint64_t last = segments->back();
  const OnFrame pass_over = [](std::string_view) { return Status{}; };
  Chain chain = chain_before(last);
  const Result<SegmentScan> scan = scan_segment(fs_, directory_ / segment_name(last), true, chain, pass_over);
  if (!scan) return core::fail(scan.error());
  const bool holds_a_frame = scan->frames > 0;
  if (!chain) {  // the frame to go on from is in the segment before; without that one, reading this fails
    const Path before = directory_ / segment_name(last - 1);
    const Result<SegmentScan> scan_before = scan_segment(fs_, before, false, chain, pass_over);
    if (!scan_before)
      return core::fail(scan_before.error(), "needed to go on with segment " + segment_name(last));
  }
  if (Status done = cut_and_sync(last, scan->good_bytes, scan->torn.bytes > 0); !done) return done;
  recovered_ = scan->torn;
  recovered_.segment = last;
  frame_ = chain->frame;
  link_ = chain->link;
  segment_ = holds_a_frame ? last + 1 : last;
  last_segment_ = segment_ - 1;
  return {};
}

/// Synced even where nothing is cut: what a killed process wrote may not be on the disk, and the next segment
/// relies on it.
Status JournalWriter::cut_and_sync(std::uint64_t segment, std::uint64_t good_bytes, bool torn) {
  const Result<std::unique_ptr<File>> file = fs_.open(directory_ / segment_name(segment), OpenMode::kAppend);
  if (!file) return core::fail(file.error());
  if (torn) {
    if (Status cut = (*file)->truncate(good_bytes); !cut) return cut;
  }
  if (Status synced = (*file)->sync(); !synced) return synced;
  return fs_.sync_directory(directory_);
}

Result<std::uint64_t> JournalWriter::append(std::span<const std::string> records) {
  const Lock lock(mutex_);
  if (dead_) return core::fail(*dead_);
  if (records.empty()) return segment_;
  const Result<std::string> frame = make_frame(records);
  if (!frame) return core::fail(frame.error());
  const std::uint64_t segment = segment_;
  // Until it is done: an exception would leave the books behind what is on the disk. Needs no memory.
  dead_ = core::Error{ErrorKind::kPermanent, "out of memory"};
  if (const Status written = write_frame(*frame); !written) {
    dead_ = written.error();
    return core::fail(*dead_);
  }
  dead_.reset();
  return segment;
}

Result<std::string> JournalWriter::make_frame(std::span<const std::string> records) {
  std::string text = render_header({frame_ + 1, link_, synced_});
  std::size_t size = text.size();
  for (const std::string& record : records) {
    if (record.find('\n') != std::string::npos) {
      return core::fail(ErrorKind::kInvalidInput, "journal: a record has a line feed in it");
    }
    size += record.size() + 1;
  }
  if (size > core::limits::kFrameBytes) {
    return core::fail(ErrorKind::kExhausted, "journal: a group of " + std::to_string(records.size()) +
                                                 " records is longer than a frame may be: " +
                                                 std::to_string(size) + " bytes; append it in parts");
  }
  text.reserve(size);
  for (const std::string& record : records) text.append(record).push_back('\n');
  return compressor_.compress(text);
}

Status JournalWriter::write_frame(const std::string& frame) {
  if (!file_) {
    if (Status begun = begin_segment(); !begun) return begun;
  }
  if (Status written = file_->append(frame); !written) return written;
  size_ += frame.size();
  bytes_written_ += frame.size();
  ++frame_;
  link_ = core::hash64(frame);
  last_segment_ = segment_;
  const bool is_full = size_ >= options_.segment_bytes;
  if (is_full || options_.durability == Durability::kStrict) {
    if (Status synced = sync_file(); !synced) return synced;
  }
  if (is_full) end_segment();
  return {};
}

Status JournalWriter::begin_segment() {
  const Path path = directory_ / segment_name(segment_);
  Result<std::unique_ptr<File>> file = fs_.open(path, OpenMode::kAppend);
  if (!file) return core::fail(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return core::fail(size.error());
  if (*size != 0) {
    return core::fail(ErrorKind::kPermanent, "journal segment '" + path.string() +
                                                 "' was written by somebody else; one writer at a time");
  }
  if (Status synced = fs_.sync_directory(directory_); !synced) return synced;
  file_ = std::move(*file);
  return {};
}

Status JournalWriter::sync_file() {
  if (Status synced = file_->sync(); !synced) return synced;
  synced_ = size_;
  return {};
}

void JournalWriter::end_segment() {
  file_.reset();
  size_ = 0;
  synced_ = 0;
  ++segment_;
}

Status JournalWriter::sync() {
  std::shared_ptr<File> file;
  std::uint64_t size = 0;
  {
    const Lock lock(mutex_);
    if (dead_) return core::fail(*dead_);
    if (synced_ == size_) return {};
    file = file_;
    size = size_;
  }
  Status synced = file->sync();
  const Lock lock(mutex_);
  if (!synced) {
    if (!dead_) dead_ = synced.error();
    return synced;
  }
  if (file == file_) synced_ = std::max(synced_, size);
  return {};
}

Status JournalWriter::remove_before(std::uint64_t segment) {
  if (Status synced = sync(); !synced) return synced;
  std::uint64_t limit = 0;
  {
    const Lock lock(mutex_);
    limit = std::min(segment, last_segment_);
  }
  const Result<std::vector<std::uint64_t>> segments = list_segments(fs_, directory_);
  if (!segments) return core::fail(segments.error());
  for (const std::uint64_t old : *segments) {
    if (old >= limit) break;
    if (Status removed = fs_.remove(directory_ / segment_name(old)); !removed) return removed;
    // One by one: a power loss keeps no order among names, and a hole would be taken for damage.
    if (Status synced = fs_.sync_directory(directory_); !synced) return synced;
  }
  return {};
}

bool JournalWriter::may_compact() const {
  const Lock lock(mutex_);
  return !dead_ && compact_next_ < last_segment_;
}

/// The segment of the last frame stays as it is: the next session goes on from it.
Status JournalWriter::compact() {
  std::uint64_t segment = 0;
  {
    const Lock lock(mutex_);
    if (dead_ || compact_next_ >= last_segment_) return {};
    segment = compact_next_++;
  }
  const Result<bool> done = compact_segment(fs_, directory_ / segment_name(segment), options_.sealed_level);
  if (!done) return core::fail(done.error());
  return {};
}

std::uint64_t JournalWriter::segment() const {
  const Lock lock(mutex_);
  return segment_;
}

std::uint64_t JournalWriter::bytes_written() const {
  const Lock lock(mutex_);
  return bytes_written_;
}

}  // namespace viltree::storage
