#pragma once

#include "output_file.hpp"

#include <viltree/domain/problem.hpp>

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

struct archive;

namespace viltree::exports {

/// images.zip: the run's images under the names that rows give them, each once, in the order of first use,
/// stored as they are (images are compressed already) and without times, so that the same images give the
/// same bytes. For one thread.
class ImageZip {
 public:
  /// Writes to `out`, reads images below `run`; both must outlive it.
  ImageZip(storage::FileSystem& fs, const storage::Path& run, OutputFile& out);
  ~ImageZip();
  ImageZip(const ImageZip&) = delete;
  ImageZip& operator=(const ImageZip&) = delete;

  /// kCorruption where the image's file is missing, or is not the one that the record names by its SHA-256.
  [[nodiscard]] core::Status add(const domain::Image& image);
  /// Writes the list of entries; call once, last.
  [[nodiscard]] core::Status finish();
  [[nodiscard]] std::size_t count() const { return names_.size(); }

 private:
  [[nodiscard]] core::Result<std::string> read(const domain::Image& image) const;
  [[nodiscard]] core::Status add_entry(const std::string& name, const std::string& bytes);
  [[nodiscard]] core::Status status(int code);

  storage::FileSystem& fs_;
  const storage::Path& run_;
  OutputFile& out_;
  struct Free {
    void operator()(::archive* handle) const;
  };
  std::optional<core::Error> write_error_;  ///< of `out`, carried around the C library
  bool given_up_ = false;                   ///< what is still written is for nobody
  std::unique_ptr<::archive, Free> archive_;
  std::unordered_set<std::string> names_;
};

}  // namespace viltree::exports
