#include "writer.hpp"

#include "card.hpp"

namespace viltree::exports {

namespace {

core::Status require_empty(storage::FileSystem& fs, const storage::Path& directory) {
  const core::Result<bool> exists = fs.exists(directory);
  if (!exists) return core::fail(exists.error());
  if (!*exists) return {};
  const auto names = fs.list(directory);
  if (!names) return core::fail(names.error(), "the output directory");
  if (names->empty()) return {};
  return core::fail(core::ErrorKind::kInvalidInput, "the output directory " + directory.string() +
                                                        " is not empty (there is \"" + names->front() +
                                                        "\"): give a new or an empty one");
}

}  // namespace

core::Result<std::unique_ptr<Writer>> Writer::create(storage::FileSystem& fs, const storage::Path& run,
                                                     const storage::Path& out, const Format& format) {
  if (core::Status empty = require_empty(fs, out); !empty) return core::fail(std::move(empty.error()));
  if (core::Status made = storage::make_durable_directories(fs, out); !made) {
    return core::fail(std::move(made.error()));
  }
  std::unique_ptr<Writer> writer(new Writer(fs, out, format));
  if (core::Status opened = writer->open_files(run); !opened) return core::fail(std::move(opened.error()));
  return writer;
}

core::Status Writer::open_files(const storage::Path& run) {
  std::vector<std::string> names;
  for (const FileSpec& file : format_.files()) names.emplace_back(file.name);
  if (format_.packs_images()) names.emplace_back("images.zip");
  for (const std::string& name : names) {
    auto file = OutputFile::create(fs_, out_ / name);
    if (!file) return core::fail(std::move(file.error()));
    files_.push_back(std::move(*file));
  }
  if (format_.packs_images()) zip_ = std::make_unique<ImageZip>(fs_, run, *files_.back());
  records_.resize(format_.files().size());
  return {};
}

core::Status Writer::write_record(std::size_t file, std::string_view record) {
  const FileSpec& spec = format_.files()[file];
  const std::uint64_t index = records_[file]++;
  std::string text;
  if (spec.layout == Layout::kArray) text = index == 0 ? "[\n" : ",\n";
  if (spec.numbered) {
    text += "{\"index\":" + std::to_string(index) + ",";
    text += record.substr(1);
  } else {
    text += record;
  }
  if (spec.layout == Layout::kLines) text += '\n';
  return files_[file]->append(text);
}

core::Status Writer::write(const Converted& converted) {
  for (std::size_t file = 0; file < converted.records.size(); ++file) {
    for (const std::string& record : converted.records[file]) {
      if (core::Status written = write_record(file, record); !written) return written;
    }
  }
  for (const domain::Image& image : converted.images) {
    if (core::Status added = zip_->add(image); !added) return added;
  }
  tally_.add(converted.tally);
  return {};
}

core::Status Writer::complete() {
  for (std::size_t file = 0; file < records_.size(); ++file) {
    if (format_.files()[file].layout != Layout::kArray) continue;
    core::Status ended = files_[file]->append(records_[file] == 0 ? "[]\n" : "\n]\n");
    if (!ended) return ended;
  }
  if (zip_) {
    if (core::Status ended = zip_->finish(); !ended) return ended;
  }
  for (const auto& file : files_) {
    if (core::Status closed = file->close(); !closed) return closed;
  }
  return {};
}

core::Status Writer::place() {
  for (const auto& file : files_) {
    if (core::Status placed = file->place(); !placed) return placed;
  }
  return fs_.sync_directory(out_);
}

core::Result<ExportSummary> Writer::finish(const ExportOptions& options, const storage::Manifest& manifest) {
  if (core::Status completed = complete(); !completed) return core::fail(std::move(completed.error()));
  if (core::Status placed = place(); !placed) return core::fail(std::move(placed.error()));
  ExportSummary summary;
  summary.problems = tally_.trees;
  summary.problems_with_rows = tally_.trees_with_rows;
  summary.rows = tally_.rows;
  summary.left_out = tally_.left_out;
  summary.judgements = tally_.judgements;
  summary.judged = tally_.judged;
  summary.problems_left_out = tally_.trees_left_out;
  for (const auto& file : files_) summary.files.push_back(file->summary());
  const std::string card = make_card(format_, options, manifest, tally_, summary);
  core::Status written = storage::write_atomically(fs_, out_ / "README.md", card);
  if (!written) return core::fail(std::move(written.error()));
  summary.bytes = card.size();
  for (const ExportedFile& file : summary.files) summary.bytes += file.bytes;
  return summary;
}

}  // namespace viltree::exports
