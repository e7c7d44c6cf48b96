#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The seek table of the zstd seekable format 0.1.0 (contrib/seekable_format in zstd's sources),
/// little-endian:
///
///   u32 0x184D2A5E (skippable frame)   u32 bytes that follow
///   per frame: u32 compressed bytes, u32 text bytes, u32 checksum (the low half of XXH64 of the text)
///   u32 number of frames   u8 descriptor (0x80: with checksums)   u32 0x8F92EAB1
namespace viltree::storage {

inline constexpr std::size_t kSeekHeaderBytes = 8;
inline constexpr std::size_t kSeekEntryBytes = 12;
inline constexpr std::size_t kSeekFooterBytes = 9;
inline constexpr std::uint64_t kMostSeekFrames = 0x8000000;  ///< of the format

struct SeekEntry {
  std::uint32_t bytes = 0;
  std::uint32_t text_size = 0;
  std::uint32_t checksum = 0;
};

/// The entry's bytes.
[[nodiscard]] std::string render_seek_entry(const SeekEntry& entry);
/// Header, entries (as rendered, one after the other), footer.
[[nodiscard]] std::string render_seek_table(std::string_view entries);

/// How many bytes the whole table has, from the last kSeekFooterBytes of the file; nothing where they are no
/// footer.
[[nodiscard]] std::optional<std::uint64_t> seek_table_bytes(std::string_view footer);
/// The entries' bytes of a whole table; nothing where header and footer do not fit together.
[[nodiscard]] std::optional<std::string_view> seek_entries(std::string_view table);
[[nodiscard]] SeekEntry parse_seek_entry(std::string_view bytes);

/// What a zstd frame with a checksum ends with: the same number as in the table.
[[nodiscard]] std::uint32_t frame_checksum(std::string_view frame);

}  // namespace viltree::storage
