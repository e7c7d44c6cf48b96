#pragma once

#include <viltree/core/hash.hpp>
#include <viltree/export/export.hpp>
#include <viltree/storage/file_system.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace viltree::exports {

/// A file that is written beside its place, in large pieces, and takes its name when all is there. Destroyed
/// before, it leaves nothing. For one thread.
class OutputFile {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<OutputFile>> create(storage::FileSystem& fs,
                                                                        storage::Path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] core::Status append(std::string_view bytes);
  /// Writes what is left and syncs. Then only place().
  [[nodiscard]] core::Status close();
  /// Takes its name; the caller syncs the folder.
  [[nodiscard]] core::Status place();
  /// What was written; after close().
  [[nodiscard]] const ExportedFile& summary() const { return summary_; }

 private:
  OutputFile(storage::FileSystem& fs, storage::Path path, std::unique_ptr<storage::File> file);
  core::Status flush();

  storage::FileSystem& fs_;
  const storage::Path path_;
  std::unique_ptr<storage::File> file_;
  std::string pending_;
  core::Sha256 hash_;
  ExportedFile summary_;
  bool placed_ = false;
};

}  // namespace viltree::exports
