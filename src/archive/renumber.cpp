#include <viltree/archive/renumber.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/storage/lines.hpp>

#include <optional>

namespace viltree::archive {

namespace {

core::Result<bool> begins_with(storage::FileSystem& fs, const storage::Path& path, std::uint64_t first_row) {
  auto reader = storage::LineFileReader::open(fs, path);
  if (!reader) return core::fail(reader.error());
  const auto line = reader->line(0);
  if (!line) return core::fail(line.error());
  if (!*line) return true;
  const auto row = codec::decode_row(**line);
  if (!row) return core::fail(row.error(), "'" + path.string() + "'");
  return row->index == first_row;
}

core::Result<storage::FileEntry> rewrite(const storage::RunDirectory& run, const std::string& name,
                                         std::uint64_t next_row, int level) {
  const auto reader = storage::LineFileReader::open(run.file_system(), run.path(name));
  if (!reader) return core::fail(reader.error());
  auto writer = storage::LineFileWriter::create(
      run.file_system(), run.path(name),
      {.compression_level = level, .frame_text_bytes = storage::kFrameTextBytes});
  if (!writer) return core::fail(writer.error());
  const auto renumber = [&](std::uint64_t, std::string_view line) -> core::Status {
    auto row = codec::decode_row(line);
    if (!row) return core::fail(row.error(), "'" + run.path(name).string() + "'");
    row->index = next_row++;
    return (*writer)->add_line(codec::encode_row(*row));
  };
  if (auto done = reader->for_each_line(renumber); !done) return core::fail(done.error());
  const auto summary = (*writer)->finish();
  if (!summary) return core::fail(summary.error());
  return storage::FileEntry{name, summary->bytes, summary->sha256, summary->lines};
}

}  // namespace

std::uint64_t rows_before(const storage::Manifest& manifest, std::uint64_t unit) {
  std::uint64_t rows = 0;
  for (const storage::UnitEntry& entry : manifest.units) rows += entry.unit < unit ? entry.rows : 0;
  return rows;
}

core::Status renumber_behind(const storage::RunDirectory& run, std::uint64_t unit, int compression_level,
                             storage::Manifest& manifest) {
  for (storage::UnitEntry& entry : manifest.units) {
    if (entry.unit <= unit) continue;
    const std::uint64_t first_row = rows_before(manifest, entry.unit);
    const auto fits = begins_with(run.file_system(), run.path(entry.shard.path), first_row);
    if (!fits) return core::fail(fits.error());
    if (*fits && storage::verify_file(run.file_system(), run.root(), entry.shard)) continue;
    auto shard = rewrite(run, entry.shard.path, first_row, compression_level);
    if (!shard) return core::fail(shard.error());
    entry.shard = std::move(*shard);
  }
  return {};
}

}  // namespace viltree::archive
