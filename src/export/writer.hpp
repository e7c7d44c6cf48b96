#pragma once

#include "format.hpp"
#include "image_zip.hpp"
#include "output_file.hpp"

#include <viltree/storage/manifest.hpp>

#include <memory>
#include <vector>

namespace viltree::exports {

/// The files of one export: takes what trees became, in order, and puts all files in place at the end. For
/// one thread.
class Writer {
 public:
  /// `format` and `run` must outlive it. Makes the output directory, which must be empty or not there.
  [[nodiscard]] static core::Result<std::unique_ptr<Writer>> create(storage::FileSystem& fs,
                                                                    const storage::Path& run,
                                                                    const storage::Path& out,
                                                                    const Format& format);

  [[nodiscard]] core::Status write(const Converted& converted);
  void count_judgements(std::uint64_t number) { tally_.judgements = number; }
  /// Completes and syncs all files, gives them their names, and writes the card. Call once, last.
  [[nodiscard]] core::Result<ExportSummary> finish(const ExportOptions& options,
                                                   const storage::Manifest& manifest);

 private:
  Writer(storage::FileSystem& fs, storage::Path out, const Format& format)
      : fs_(fs), out_(std::move(out)), format_(format) {}
  core::Status open_files(const storage::Path& run);
  core::Status write_record(std::size_t file, std::string_view record);
  core::Status complete();
  core::Status place();

  storage::FileSystem& fs_;
  const storage::Path out_;
  const Format& format_;
  std::vector<std::unique_ptr<OutputFile>> files_;  ///< the format's, then images.zip where it has one
  std::unique_ptr<ImageZip> zip_;
  std::vector<std::uint64_t> records_;  ///< by file
  Tally tally_;
};

}  // namespace viltree::exports
