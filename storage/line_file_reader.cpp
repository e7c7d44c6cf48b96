#include "seek_table.hpp"

#include <viltree/storage/lines.hpp>

#include <algorithm>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

constexpr auto kNoTable = "its end is no seek table: cut short, damaged, or not written by viltree";

tl::unexpected<core::Error> bad_line_file(const Path& path, const std::string& reason) {
  return core::fail(ErrorKind::kCorruption, "line file '" + path.string() + "': " + reason);
}

}  // namespace

Result<LineFileReader> LineFileReader::open(FileSystem& fs, Path path) {
  Result<std::unique_ptr<File>> file = fs.open(path, OpenMode::kRead);
  if (!file) return core::fail(std::move(file.error()));
  LineFileReader reader(std::move(path), std::move(*file));
  if (Status read = reader.read_seek_table(); !read) return core::fail(read.error());
  return reader;
}

Result<std::string> LineFileReader::read_bytes(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  const Result<std::size_t> done = file_->read_at(offset, bytes);
  if (!done) return core::fail(done.error());
  if (*done != count) return bad_line_file(path_, "cut short");
  return bytes;
}

Status LineFileReader::read_seek_table() {
  const Result<std::uint64_t> size = file_->size();
  if (!size) return core::fail(size.error());
  if (*size < kSeekHeaderBytes + kSeekFooterBytes) return bad_line_file(path_, kNoTable);
  const Result<std::string> footer = read_bytes(*size - kSeekFooterBytes, kSeekFooterBytes);
  if (!footer) return core::fail(footer.error());
  const std::optional<std::uint64_t> table_bytes = seek_table_bytes(*footer);
  if (!table_bytes || *table_bytes > *size) return bad_line_file(path_, kNoTable);
  const Result<std::string> table = read_bytes(*size - *table_bytes, *table_bytes);
  if (!table) return core::fail(table.error());
  const std::optional<std::string_view> entries = seek_entries(*table);
  if (!entries) return bad_line_file(path_, kNoTable);
  std::uint64_t offset = 0;
  for (std::size_t at = 0; at < entries->size(); at += kSeekEntryBytes) {
    const SeekEntry entry = parse_seek_entry(entries->substr(at, kSeekEntryBytes));
    frames_.push_back({offset, entry.bytes, entry.text_size, entry.checksum});
    offset += entry.bytes;
    text_bytes_ += entry.text_size;
  }
  if (offset + *table_bytes != *size)
    return bad_line_file(path_, "the seek table does not fit the length of the file");
  return {};
}

Result<std::string> LineFileReader::read_frame(std::size_t frame) const {
  const Frame& entry = frames_.at(frame);
  const std::string where =
      "frame " + std::to_string(frame) + " at byte " + std::to_string(entry.offset) + ": ";
  const Result<std::string> bytes = read_bytes(entry.offset, entry.bytes);
  if (!bytes) return core::fail(bytes.error());
  const std::optional<FrameInfo> info = inspect_frame(*bytes);
  if (!info || info->bytes != entry.bytes || info->text_size != entry.text_size || !info->has_checksum ||
      frame_checksum(*bytes) != entry.checksum) {
    return bad_line_file(path_, where + "not the zstd frame that the seek table describes");
  }
  Result<std::string> text = decompress_frame(*bytes);
  if (!text) return bad_line_file(path_, where + text.error().message);
  if (!text->empty() && text->back() != '\n') return bad_line_file(path_, where + "its last line has no end");
  return text;
}

Status LineFileReader::for_each_line(const OnLine& on_line) const {
  std::uint64_t index = 0;
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    const Result<std::string> text = read_frame(frame);
    if (!text) return core::fail(text.error());
    if (Status done = for_each_line_of(*text, index, on_line); !done) return done;
  }
  return {};
}

Status LineFileReader::count_lines_beyond(std::uint64_t index) {
  while (line_ends_.size() < frames_.size() && (line_ends_.empty() || line_ends_.back() <= index)) {
    const Result<std::string> text = read_frame(line_ends_.size());
    if (!text) return core::fail(text.error());
    const auto lines = static_cast<std::uint64_t>(std::count(text->begin(), text->end(), '\n'));
    line_ends_.push_back((line_ends_.empty() ? 0 : line_ends_.back()) + lines);
  }
  return {};
}

Result<std::optional<std::string>> LineFileReader::line(std::uint64_t index) {
  if (Status counted = count_lines_beyond(index); !counted) return core::fail(counted.error());
  const auto end = std::upper_bound(line_ends_.begin(), line_ends_.end(), index);
  if (end == line_ends_.end()) return std::nullopt;
  const Result<std::string> text = read_frame(static_cast<std::size_t>(end - line_ends_.begin()));
  if (!text) return core::fail(text.error());
  std::uint64_t first = end == line_ends_.begin() ? 0 : *(end - 1);
  std::string found;
  (void)for_each_line_of(*text, first, [&](std::uint64_t at, std::string_view line) -> Status {
    if (at == index) found = line;
    return {};
  });
  return found;
}

Status for_each_line_of(std::string_view text, std::uint64_t& index, const OnLine& on_line) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (Status done = on_line(index, text.substr(0, end)); !done) return done;
    ++index;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}

}  // namespace viltree::storage
