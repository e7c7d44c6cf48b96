#include "image_zip.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <cerrno>

#include <archive.h>
#include <archive_entry.h>

namespace viltree::exports {

namespace {

/// What the callback of the C library needs; no exception or error leaves through it.
struct Sink {
  OutputFile& out;
  std::optional<core::Error>& error;
  const bool& given_up;
};

la_ssize_t write_bytes(::archive* handle, void* context, const void* bytes, std::size_t size) {
  const auto& sink = *static_cast<Sink*>(context);
  if (sink.given_up) return static_cast<la_ssize_t>(size);
  const core::Status written = sink.out.append({static_cast<const char*>(bytes), size});
  if (written) return static_cast<la_ssize_t>(size);
  sink.error = written.error();
  archive_set_error(handle, EIO, "not written");
  return -1;
}

int free_sink(::archive* /*handle*/, void* context) {
  delete static_cast<Sink*>(context);
  return ARCHIVE_OK;
}

/// A path below the run directory, and nothing else: it is a name in the archive too.
bool is_inside(const std::string& name) {
  const storage::Path path(name);
  return !name.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

void ImageZip::Free::operator()(::archive* handle) const {
  archive_write_free(handle);
}

ImageZip::ImageZip(storage::FileSystem& fs, const storage::Path& run, OutputFile& out)
    : fs_(fs), run_(run), out_(out), archive_(archive_write_new()) {
  VILTREE_CHECK(archive_ != nullptr);
  ::archive* handle = archive_.get();
  VILTREE_CHECK(archive_write_set_format_zip(handle) == ARCHIVE_OK);
  VILTREE_CHECK(archive_write_zip_set_compression_store(handle) == ARCHIVE_OK);
  VILTREE_CHECK(archive_write_set_bytes_per_block(handle, 0) == ARCHIVE_OK);
  auto sink = std::make_unique<Sink>(Sink{out_, write_error_, given_up_});
  VILTREE_CHECK(archive_write_open2(handle, sink.release(), nullptr, write_bytes, nullptr, free_sink) ==
                ARCHIVE_OK);
}

ImageZip::~ImageZip() {
  // Closing writes the list of entries, which half an archive does not need. An archive that is failed
  // instead is not closed, and libarchive frees less of it.
  given_up_ = true;
}

core::Status ImageZip::status(int code) {
  if (code == ARCHIVE_OK) return {};
  if (write_error_) return core::fail(*write_error_);
  const char* reason = archive_error_string(archive_.get());
  return core::fail(core::ErrorKind::kPermanent,
                    "images.zip: " + std::string(reason == nullptr ? "not written" : reason));
}

core::Result<std::string> ImageZip::read(const domain::Image& image) const {
  if (!is_inside(image.path)) {
    return core::fail(core::ErrorKind::kCorruption, "a stored tree names the image \"" +
                                                        core::printable(image.path) +
                                                        "\", which is not below the run directory");
  }
  core::Result<std::string> bytes = storage::read_file(fs_, run_ / image.path, core::limits::kImageBytes);
  if (!bytes) return core::fail(bytes.error(), "image of a stored tree");
  if (core::sha256_hex(*bytes) != image.sha256) {
    return core::fail(core::ErrorKind::kCorruption,
                      (run_ / image.path).string() + " is damaged: its SHA-256 is not " + image.sha256);
  }
  return bytes;
}

core::Status ImageZip::add_entry(const std::string& name, const std::string& bytes) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  VILTREE_CHECK(entry != nullptr);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  core::Status begun = status(archive_write_header(archive_.get(), entry.get()));
  if (!begun) return begun;
  const la_ssize_t written = archive_write_data(archive_.get(), bytes.data(), bytes.size());
  if (written != static_cast<la_ssize_t>(bytes.size())) return status(ARCHIVE_FATAL);
  return status(archive_write_finish_entry(archive_.get()));
}

core::Status ImageZip::add(const domain::Image& image) {
  if (!names_.insert(image.path).second) return {};
  const core::Result<std::string> bytes = read(image);
  if (!bytes) return core::fail(bytes.error());
  return add_entry(image.path, *bytes);
}

core::Status ImageZip::finish() {
  core::Status closed = status(archive_write_close(archive_.get()));
  archive_.reset();
  return closed;
}

}  // namespace viltree::exports
