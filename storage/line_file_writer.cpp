#include "seek_table.hpp"

#include <viltree/core/check.hpp>
#include <viltree/storage/lines.hpp>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

Result<std::unique_ptr<LineFileWriter>> LineFileWriter::create(FileSystem& fs, Path path,
                                                               const LineFileOptions& options) {
  Result<std::unique_ptr<File>> file = fs.open(temporary_path(path), OpenMode::kCreate);
  if (!file) return core::fail(std::move(file.error()));
  return std::unique_ptr<LineFileWriter>(new LineFileWriter(fs, std::move(path), options, std::move(*file)));
}

LineFileWriter::LineFileWriter(FileSystem& fs, Path path, const LineFileOptions& options,
                               std::unique_ptr<File> file)
    : fs_(fs),
      path_(std::move(path)),
      options_(options),
      file_(std::move(file)),
      cutter_(options.frame_text_bytes) {}

LineFileWriter::~LineFileWriter() {
  if (!file_) return;
  file_.reset();
  (void)fs_.remove(temporary_path(path_));
}

Status LineFileWriter::add_line(std::string_view line) {
  const Result<std::optional<TextFrame>> full = cutter_.add(line);
  if (!full) return core::fail(full.error(), path_.string());
  return *full ? add_text(**full) : Status{};
}

Status LineFileWriter::add_frame(std::string_view compressed, std::uint64_t text_size, std::uint64_t lines) {
  VILTREE_CHECK(cutter_.empty());
  return put_frame(compressed, text_size, lines);
}

Status LineFileWriter::put_frame(std::string_view compressed, std::uint64_t text_size, std::uint64_t lines) {
  const std::optional<FrameInfo> info = inspect_frame(compressed);
  if (!info || info->bytes != compressed.size() || info->text_size != text_size || !info->has_checksum) {
    return core::fail(ErrorKind::kInvalidInput, path_.string() + ": not one whole zstd frame of " +
                                                    std::to_string(text_size) + " bytes with a checksum");
  }
  if (Status written = write(compressed); !written) return written;
  seek_entries_ += render_seek_entry({static_cast<std::uint32_t>(compressed.size()),
                                      static_cast<std::uint32_t>(text_size), frame_checksum(compressed)});
  summary_.text_bytes += text_size;
  summary_.lines += lines;
  ++summary_.frames;
  return {};
}

Status LineFileWriter::add_text(const TextFrame& frame) {
  const Result<std::string> compressed = compress_frame(frame.text, options_.compression_level);
  if (!compressed) return core::fail(compressed.error(), path_.string());
  return put_frame(*compressed, frame.text.size(), frame.lines);
}

Status LineFileWriter::write(std::string_view bytes) {
  if (failure_) return core::fail(*failure_);
  if (Status written = file_->append(bytes); !written) {
    failure_ = written.error();
    return written;
  }
  hash_.update(bytes);
  summary_.bytes += bytes.size();
  return {};
}

/// The last frame (an empty one in a file without lines, for readers that know a file by its first bytes) and
/// the seek table.
Status LineFileWriter::write_end() {
  const std::optional<TextFrame> rest = cutter_.finish();
  if (rest || summary_.frames == 0) {
    if (Status added = add_text(rest.value_or(TextFrame{})); !added) return added;
  }
  if (Status written = write(render_seek_table(seek_entries_)); !written) return written;
  return file_->sync();
}

Result<LineFileSummary> LineFileWriter::finish() {
  VILTREE_CHECK(file_ != nullptr);
  if (Status ended = write_end(); !ended) return core::fail(ended.error());
  if (Status placed = fs_.rename(temporary_path(path_), path_); !placed) return core::fail(placed.error());
  file_.reset();
  const Path folder = path_.has_parent_path() ? path_.parent_path() : Path(".");
  if (Status synced = fs_.sync_directory(folder); !synced) return core::fail(synced.error());
  summary_.sha256 = hash_.hex();
  return summary_;
}

}  // namespace viltree::storage
