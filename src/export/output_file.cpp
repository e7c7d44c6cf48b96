#include "output_file.hpp"

#include <viltree/core/limits.hpp>

namespace viltree::exports {

namespace {
constexpr std::size_t kPieceBytes = core::limits::kMiB;
}

OutputFile::OutputFile(storage::FileSystem& fs, storage::Path path, std::unique_ptr<storage::File> file)
    : fs_(fs), path_(std::move(path)), file_(std::move(file)) {
  summary_.name = path_.filename().string();
}

core::Result<std::unique_ptr<OutputFile>> OutputFile::create(storage::FileSystem& fs, storage::Path path) {
  auto file = fs.open(storage::temporary_path(path), storage::OpenMode::kCreate);
  if (!file) return core::fail(std::move(file.error()));
  return std::unique_ptr<OutputFile>(new OutputFile(fs, std::move(path), std::move(*file)));
}

OutputFile::~OutputFile() {
  if (placed_) return;
  file_.reset();
  static_cast<void>(fs_.remove(storage::temporary_path(path_)));
}

core::Status OutputFile::append(std::string_view bytes) {
  pending_ += bytes;
  return pending_.size() < kPieceBytes ? core::Status() : flush();
}

core::Status OutputFile::flush() {
  hash_.update(pending_);
  summary_.bytes += pending_.size();
  core::Status written = file_->append(pending_);
  pending_.clear();
  return written;
}

core::Status OutputFile::close() {
  if (core::Status written = flush(); !written) return written;
  summary_.sha256 = hash_.hex();
  core::Status synced = file_->sync();
  file_.reset();
  return synced;
}

core::Status OutputFile::place() {
  core::Status renamed = fs_.rename(storage::temporary_path(path_), path_);
  placed_ = renamed.has_value();
  return renamed;
}

}  // namespace viltree::exports
