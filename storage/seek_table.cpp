#include "seek_table.hpp"

#include <viltree/core/check.hpp>

namespace viltree::storage {

namespace {

constexpr std::uint32_t kSkippableMagic = 0x184D2A5E;
constexpr std::uint32_t kSeekableMagic = 0x8F92EAB1;
constexpr char kWithChecksums = '\x80';
constexpr std::size_t kWord = 4;

void put(std::string& bytes, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    bytes.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

std::uint32_t get(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = kWord; i-- > 0;) value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

std::string render_seek_entry(const SeekEntry& entry) {
  std::string bytes;
  put(bytes, entry.bytes);
  put(bytes, entry.text_size);
  put(bytes, entry.checksum);
  return bytes;
}

std::string render_seek_table(std::string_view entries) {
  const std::size_t frames = entries.size() / kSeekEntryBytes;
  VILTREE_CHECK(frames <= kMostSeekFrames);
  std::string table;
  put(table, kSkippableMagic);
  put(table, static_cast<std::uint32_t>(entries.size() + kSeekFooterBytes));
  table += entries;
  put(table, static_cast<std::uint32_t>(frames));
  table += kWithChecksums;
  put(table, kSeekableMagic);
  return table;
}

std::optional<std::uint64_t> seek_table_bytes(std::string_view footer) {
  const std::uint64_t frames = get(footer, 0);
  const bool fits = footer[kWord] == kWithChecksums && get(footer, kWord + 1) == kSeekableMagic;
  if (!fits || frames > kMostSeekFrames) return std::nullopt;
  return kSeekHeaderBytes + frames * kSeekEntryBytes + kSeekFooterBytes;
}

std::optional<std::string_view> seek_entries(std::string_view table) {
  if (get(table, 0) != kSkippableMagic || get(table, kWord) != table.size() - kSeekHeaderBytes)
    return std::nullopt;
  return table.substr(kSeekHeaderBytes, table.size() - kSeekHeaderBytes - kSeekFooterBytes);
}

SeekEntry parse_seek_entry(std::string_view bytes) {
  return {get(bytes, 0), get(bytes, kWord), get(bytes, 2 * kWord)};
}

std::uint32_t frame_checksum(std::string_view frame) {
  return get(frame, frame.size() - kWord);
}

}  // namespace viltree::storage
