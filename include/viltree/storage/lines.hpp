#pragma once

#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/result.hpp>
#include <viltree/storage/file_system.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Line files: the delivered .jsonl.zst. zstd frames of whole lines, then the seek table of the published
/// zstd seekable format as a skippable frame, so that plain zstd reads the file and a seekable reader jumps
/// in.
namespace viltree::storage {

/// Text per frame; smaller ones read much slower in common readers, larger ones make jumps slow.
inline constexpr std::size_t kFrameTextBytes = 2 * core::limits::kMiB;

/// Whole lines, each with its '\n'.
struct TextFrame {
  std::string text;
  std::uint64_t lines = 0;
};

/// The rule by which lines become frames: a frame is full when the next line would take it beyond
/// `text_bytes`. A line is never split; a longer one is a frame alone. The same lines give the same frames.
/// For one thread.
class FrameCutter {
 public:
  explicit FrameCutter(std::size_t text_bytes = kFrameTextBytes) : text_bytes_(text_bytes) {}

  /// Adds a line (without '\n'); gives the frame that it closed, if it did. The line is refused, and nothing
  /// changes, with kInvalidInput where it has a '\n' and kExhausted where it is not below
  /// limits::kRecordBytes.
  [[nodiscard]] core::Result<std::optional<TextFrame>> add(std::string_view line);
  /// What is left, if anything; the cutter is as new afterwards.
  [[nodiscard]] std::optional<TextFrame> finish();
  [[nodiscard]] bool empty() const { return pending_.lines == 0; }

 private:
  std::size_t text_bytes_;
  TextFrame pending_;
};

struct LineFileOptions {
  int compression_level = kKeptLevel;
  std::size_t frame_text_bytes = kFrameTextBytes;  ///< for add_line
};

/// A finished line file.
struct LineFileSummary {
  std::uint64_t bytes = 0;
  std::uint64_t text_bytes = 0;
  std::uint64_t lines = 0;
  std::uint64_t frames = 0;
  std::string sha256;  ///< of the file
};

/// Writes a line file beside its place (`path`.tmp); finish() puts it there. Destroyed without finish(), it
/// leaves nothing. Lines are added one by one, or as frames that the caller cut (FrameCutter) and compressed
/// (compress_frame), in parallel if he likes: the bytes are the same. For one thread. After an error from the
/// disk every call returns it.
class LineFileWriter {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<LineFileWriter>> create(FileSystem& fs, Path path,
                                                                            const LineFileOptions& options);
  ~LineFileWriter();
  LineFileWriter(const LineFileWriter&) = delete;
  LineFileWriter& operator=(const LineFileWriter&) = delete;

  /// Errors of FrameCutter::add and of the disk.
  [[nodiscard]] core::Status add_line(std::string_view line);
  /// The next frame, from compress_frame over `text_size` bytes in `lines` lines; kInvalidInput where it is
  /// no such frame. Not while lines of add_line wait for their frame.
  [[nodiscard]] core::Status add_frame(std::string_view compressed, std::uint64_t text_size,
                                       std::uint64_t lines);
  /// Seek table, sync, rename, sync of the folder. Call once, last.
  [[nodiscard]] core::Result<LineFileSummary> finish();

 private:
  LineFileWriter(FileSystem& fs, Path path, const LineFileOptions& options, std::unique_ptr<File> file);
  core::Status add_text(const TextFrame& frame);
  core::Status put_frame(std::string_view compressed, std::uint64_t text_size, std::uint64_t lines);
  core::Status write(std::string_view bytes);
  core::Status write_end();

  FileSystem& fs_;
  const Path path_;
  const LineFileOptions options_;
  std::unique_ptr<File> file_;  // none after finish()
  FrameCutter cutter_;
  std::string seek_entries_;
  core::Sha256 hash_;
  LineFileSummary summary_;
  std::optional<core::Error> failure_;
};

/// One line (without '\n', valid during the call) and its place, from 0. An error stops and is handed on.
using OnLine = std::function<core::Status(std::uint64_t index, std::string_view line)>;

/// Reads what LineFileWriter wrote. Every frame that is read is verified by its checksum; kCorruption
/// otherwise.
class LineFileReader {
 public:
  /// Reads and verifies the seek table; kCorruption where it does not fit the file (such as a file cut
  /// short).
  [[nodiscard]] static core::Result<LineFileReader> open(FileSystem& fs, Path path);

  [[nodiscard]] std::size_t frame_count() const { return frames_.size(); }
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_; }
  /// The lines of one frame, each with its '\n'. Thread-safe.
  [[nodiscard]] core::Result<std::string> read_frame(std::size_t frame) const;
  /// All lines in order, one frame in memory at a time. Thread-safe.
  [[nodiscard]] core::Status for_each_line(const OnLine& on_line) const;
  /// Line `index`, or nothing beyond the end. Frames up to it are read once, to count their lines; later
  /// calls read one frame. For one thread.
  [[nodiscard]] core::Result<std::optional<std::string>> line(std::uint64_t index);

 private:
  struct Frame {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;
    std::uint32_t text_size = 0;
    std::uint32_t checksum = 0;
  };
  LineFileReader(Path path, std::unique_ptr<File> file) : path_(std::move(path)), file_(std::move(file)) {}
  core::Status read_seek_table();
  core::Status count_lines_beyond(std::uint64_t index);
  core::Result<std::string> read_bytes(std::uint64_t offset, std::size_t count) const;

  Path path_;
  std::unique_ptr<File> file_;
  std::vector<Frame> frames_;
  std::uint64_t text_bytes_ = 0;
  std::vector<std::uint64_t> line_ends_;  // lines up to the end of frame i, for the frames counted so far
};

/// Calls for each line of a text of whole lines; `index` is that of the first, and on return one beyond the
/// last.
[[nodiscard]] core::Status for_each_line_of(std::string_view text, std::uint64_t& index,
                                            const OnLine& on_line);

/// A line of a text file, valid until the next call.
struct Line {
  std::uint64_t number = 0;  ///< from 1, as editors count
  std::string_view text;     ///< without its end ('\n' or '\r\n')
};

/// The lines of any text file, plain or zstd (told by its first bytes), in bounded memory. For one thread.
class LineSource {
 public:
  LineSource() = default;
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;
  virtual ~LineSource() = default;
  /// The next line; nothing at the end. kInvalidInput: this line is too long, the next call goes on behind
  /// it. Any other error is final: the disk's, or kCorruption where zstd data is damaged or cut short.
  [[nodiscard]] virtual core::Result<std::optional<Line>> next() = 0;
};

/// A last line without its end counts; `max_line_bytes` limits a line without its end.
[[nodiscard]] core::Result<std::unique_ptr<LineSource>> open_lines(FileSystem& fs, const Path& path,
                                                                   std::size_t max_line_bytes);

}  // namespace viltree::storage
