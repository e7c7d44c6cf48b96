#include "zstd_context.hpp"

#include <viltree/storage/lines.hpp>

#include <new>

#include <zstd.h>
#include <zstd_errors.h>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

constexpr std::size_t kPieceBytes = std::size_t{128} * 1024;

/// The text of a file piece by piece. The piece is valid until the next call; an empty one is the end.
class Pieces {
 public:
  Pieces() = default;
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;
  virtual ~Pieces() = default;
  virtual Result<std::string_view> next() = 0;
};

class PlainPieces final : public Pieces {
 public:
  explicit PlainPieces(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<std::string_view> next() override {
    const Result<std::size_t> count = file_->read(piece_);
    if (!count) return core::fail(count.error());
    return std::string_view(piece_).substr(0, *count);
  }

 private:
  std::unique_ptr<File> file_;
  std::string piece_ = std::string(kPieceBytes, '\0');
};

class ZstdPieces final : public Pieces {
 public:
  ZstdPieces(std::unique_ptr<File> file, Path path) : raw_(std::move(file)), path_(std::move(path)) {
    if (!context_) throw std::bad_alloc();
  }

  Result<std::string_view> next() override {
    while (true) {
      if (input_.pos == input_.size && !holds_back_) {
        Result<std::string_view> more = raw_.next();
        if (!more) return more;
        if (more->empty()) return end();
        input_ = {more->data(), more->size(), 0};
      }
      ZSTD_outBuffer output{piece_.data(), piece_.size(), 0};
      rest_ = ZSTD_decompressStream(context_.get(), &output, &input_);
      if (ZSTD_getErrorCode(rest_) == ZSTD_error_memory_allocation) throw std::bad_alloc();
      if (ZSTD_isError(rest_) != 0U) return corrupt(ZSTD_getErrorName(rest_));
      holds_back_ = output.pos == output.size && rest_ != 0;
      if (output.pos > 0) return std::string_view(piece_).substr(0, output.pos);
    }
  }

 private:
  Result<std::string_view> end() {
    if (rest_ != 0) return corrupt("the file is cut short in the middle of a zstd frame");
    return std::string_view();
  }

  tl::unexpected<core::Error> corrupt(const std::string& reason) const {
    return core::fail(ErrorKind::kCorruption, path_.string() + ": zstd: " + reason);
  }

  PlainPieces raw_;
  Path path_;
  DecompressionContext context_{ZSTD_createDCtx()};
  ZSTD_inBuffer input_{nullptr, 0, 0};
  std::string piece_ = std::string(kPieceBytes, '\0');
  std::size_t rest_ = 0;     // 0 between frames
  bool holds_back_ = false;  // the last piece was full, more of the same input may follow
};

class PieceLineSource final : public LineSource {
 public:
  PieceLineSource(std::unique_ptr<Pieces> pieces, Path path, std::size_t max_line_bytes)
      : pieces_(std::move(pieces)), path_(std::move(path)), max_line_bytes_(max_line_bytes) {}

  Result<std::optional<Line>> next() override {
    if (failure_) return core::fail(*failure_);
    line_.clear();
    too_long_ = false;
    const Result<bool> found = collect();
    if (!found) {
      failure_ = found.error();
      return core::fail(*failure_);
    }
    if (!*found) return std::nullopt;
    ++number_;
    if (line_.ends_with('\r')) line_.pop_back();
    if (too_long_ || line_.size() > max_line_bytes_) {
      return core::fail(ErrorKind::kInvalidInput, path_.string() + ":" + std::to_string(number_) +
                                                      ": line longer than " +
                                                      std::to_string(max_line_bytes_) + " bytes");
    }
    return Line{number_, line_};
  }

 private:
  /// Moves bytes into line_ up to the next line feed or the end; false where there are none.
  Result<bool> collect() {
    bool found = false;
    while (true) {
      if (piece_.empty()) {
        const Result<std::string_view> more = pieces_->next();
        if (!more) return core::fail(more.error());
        if (more->empty()) return found;
        piece_ = *more;
      }
      found = true;
      const std::size_t end = piece_.find('\n');
      keep(piece_.substr(0, end));
      piece_.remove_prefix(end == std::string_view::npos ? piece_.size() : end + 1);
      if (end != std::string_view::npos) return true;
    }
  }

  void keep(std::string_view part) {
    // One more than allowed: it may be the '\r' of the line's end.
    if (part.size() > max_line_bytes_ + 1 - line_.size()) too_long_ = true;
    if (!too_long_) line_ += part;
  }

  std::unique_ptr<Pieces> pieces_;
  Path path_;
  std::size_t max_line_bytes_;
  std::string_view piece_;
  std::string line_;
  bool too_long_ = false;
  std::uint64_t number_ = 0;
  std::optional<core::Error> failure_;
};

/// A zstd frame or a skippable one (0x184D2A50 to 0x184D2A5F, little-endian).
bool begins_zstd(std::string_view bytes) {
  const bool skippable = bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xF0U) == 0x50 &&
                         bytes.substr(1, 3) == "\x2A\x4D\x18";
  return skippable || bytes.starts_with("\x28\xB5\x2F\xFD");
}

}  // namespace

Result<std::unique_ptr<LineSource>> open_lines(FileSystem& fs, const Path& path, std::size_t max_line_bytes) {
  Result<std::unique_ptr<File>> file = fs.open(path, OpenMode::kRead);
  if (!file) return core::fail(std::move(file.error()));
  std::array<char, 4> start{};
  const Result<std::size_t> count = (*file)->read_at(0, start);
  if (!count) return core::fail(count.error());
  std::unique_ptr<Pieces> pieces;
  if (begins_zstd({start.data(), *count})) {
    pieces = std::make_unique<ZstdPieces>(std::move(*file), path);
  } else {
    pieces = std::make_unique<PlainPieces>(std::move(*file));
  }
  return std::make_unique<PieceLineSource>(std::move(pieces), path, max_line_bytes);
}

}  // namespace viltree::storage
