#include "journal_format.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>
#include <charconv>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;

namespace {

constexpr std::string_view kSegmentSuffix = ".jsonl.zst";
constexpr std::size_t kSegmentDigits = 6;
constexpr std::size_t kLinkDigits = 16;

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool take_number(std::string_view& text, std::uint64_t& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_link(std::string_view& text, std::uint64_t& link) {
  return text.size() > kLinkDigits && take_number(text, link, 16);
}

std::string place(const Path& path, std::uint64_t offset) {
  return "journal segment '" + path.string() + "' at byte " + std::to_string(offset);
}

tl::unexpected<core::Error> damaged(const Path& path, std::uint64_t offset, const std::string& reason) {
  return core::fail(ErrorKind::kCorruption, place(path, offset) + ": " + reason +
                                                "; no crash leaves this behind: restore the file from a "
                                                "copy, or see what `viltree repair` can save");
}

Status check_link(const ParsedFrame& frame, const Chain& chain, const Path& path, std::uint64_t offset) {
  const FrameHeader& header = frame.header;
  if (header.synced > offset) return damaged(path, offset, "the frame is not from this place");
  if (!chain || (header.frame == chain->frame + 1 && header.link == chain->link)) return {};
  return damaged(path, offset,
                 "frame " + std::to_string(header.frame) + " does not follow frame " +
                     std::to_string(chain->frame) + ", frames before it are missing or changed");
}

/// The whole frames behind a bad spot, or kCorruption where one of them says that the bad spot had been
/// synced.
Result<std::uint64_t> judge_tail(std::string_view bytes, std::uint64_t tear, const Chain& chain,
                                 const Path& path) {
  const std::uint64_t last_frame = chain ? chain->frame : 0;
  std::uint64_t whole_frames = 0;
  for (std::size_t at = tear + 1; at < bytes.size();) {
    at = bytes.find('\x28', at);
    if (at == std::string_view::npos) break;
    const std::optional<ParsedFrame> frame = parse_frame(bytes.substr(at));
    if (!frame || frame->header.frame <= last_frame) {
      ++at;
      continue;
    }
    if (frame->header.synced > tear)
      return damaged(path, tear, "bytes changed after they had been written safely");
    ++whole_frames;
    at += frame->bytes;
  }
  return whole_frames;
}

}  // namespace

std::optional<ParsedFrame> parse_frame(std::string_view bytes) {
  const std::optional<FrameInfo> info = inspect_frame(bytes);
  if (!info || !info->has_checksum || !info->text_size) return std::nullopt;
  Result<std::string> text = decompress_frame(bytes.substr(0, info->bytes));
  if (!text || !text->ends_with('\n')) return std::nullopt;
  std::string_view rest = *text;
  const std::optional<FrameHeader> header = take_header(rest);
  if (!header) return std::nullopt;
  if (!rest.empty() && header->next && header->next->frame < header->frame + header->joined)
    return std::nullopt;
  const std::size_t records_at = text->size() - rest.size();
  return ParsedFrame{*header, info->bytes, std::move(*text), records_at};
}

Predecessor predecessor(const FrameHeader& header, std::string_view bytes) {
  if (header.next) return {header.next->frame - 1, header.next->link};
  return {header.frame + header.joined - 1, core::hash64(bytes)};
}

/// A frame without records took the number of a lost one.
std::uint64_t frames_lost_behind(const ParsedFrame& frame) {
  if (!frame.header.next) return 0;
  return frame.header.next->frame - frame.header.frame - (frame.records().empty() ? 0 : frame.header.joined);
}

std::string render_header(const FrameHeader& header) {
  std::string line = "{\"frame\":" + std::to_string(header.frame) + ",\"link\":\"" +
                     core::hex64(header.link) + "\",\"synced\":" + std::to_string(header.synced);
  if (header.joined > 1) line += ",\"joined\":" + std::to_string(header.joined);
  if (header.next) {
    line += ",\"next\":" + std::to_string(header.next->frame) + ",\"next_link\":\"" +
            core::hex64(header.next->link) + "\"";
  }
  return line + "}\n";
}

std::optional<FrameHeader> take_header(std::string_view& text) {
  FrameHeader header;
  std::string_view rest = text;
  bool taken = take(rest, "{\"frame\":") && take_number(rest, header.frame, 10) &&
               take(rest, ",\"link\":\"") && take_link(rest, header.link) && take(rest, "\",\"synced\":") &&
               take_number(rest, header.synced, 10);
  if (taken && take(rest, ",\"joined\":")) taken = take_number(rest, header.joined, 10) && header.joined > 1;
  if (taken && take(rest, ",\"next\":")) {
    NextFrame& next = header.next.emplace();
    taken = take_number(rest, next.frame, 10) && take(rest, ",\"next_link\":\"") &&
            take_link(rest, next.link) && take(rest, "\"") && next.frame >= header.frame && next.frame > 0;
  }
  taken = taken && take(rest, "}\n");
  if (!taken || !text.starts_with(render_header(header))) return std::nullopt;
  text = rest;
  return header;
}

std::string segment_name(std::uint64_t segment) {
  std::string digits = std::to_string(segment);
  if (digits.size() < kSegmentDigits) digits.insert(0, kSegmentDigits - digits.size(), '0');
  return digits + std::string(kSegmentSuffix);
}

Result<std::vector<std::uint64_t>> list_segments(FileSystem& fs, const Path& directory) {
  const Result<std::vector<std::string>> names = fs.list(directory);
  if (!names) return core::fail(names.error());
  std::vector<std::uint64_t> segments;
  for (const std::string& name : *names) {
    std::uint64_t segment = 0;
    std::string_view rest = name;
    if (take_number(rest, segment, 10) && segment > 0 && name == segment_name(segment))
      segments.push_back(segment);
  }
  std::sort(segments.begin(), segments.end());
  return segments;
}

Chain chain_before(std::uint64_t segment) {
  return segment == 1 ? Chain(Predecessor{}) : std::nullopt;
}

Result<SegmentScan> scan_segment(FileSystem& fs, const Path& path, bool is_last, Chain& chain,
                                 const OnFrame& on_frame) {
  const Result<std::string> file = read_file(fs, path, kMostSegmentBytes);
  if (!file) return core::fail(file.error());
  const std::string_view bytes = *file;
  SegmentScan scan;
  while (scan.good_bytes < bytes.size()) {
    const std::optional<ParsedFrame> frame = parse_frame(bytes.substr(scan.good_bytes));
    if (!frame) break;
    if (Status linked = check_link(*frame, chain, path, scan.good_bytes); !linked)
      return core::fail(linked.error());
    chain = predecessor(frame->header, bytes.substr(scan.good_bytes, frame->bytes));
    if (Status done = on_frame(frame->records()); !done) return core::fail(done.error());
    scan.frames += frame->header.joined;
    scan.lost_frames += frames_lost_behind(*frame);
    scan.good_bytes += frame->bytes;
  }
  if (!is_last && scan.frames == 0) return damaged(path, 0, "no whole frame in a segment that was finished");
  if (scan.good_bytes == bytes.size()) return scan;
  if (!is_last) return damaged(path, scan.good_bytes, "bad bytes in a segment that was finished");
  const Result<std::uint64_t> lost = judge_tail(bytes, scan.good_bytes, chain, path);
  if (!lost) return core::fail(lost.error());
  scan.torn = TornTail{0, scan.good_bytes, bytes.size() - scan.good_bytes, *lost};
  return scan;
}

}  // namespace viltree::storage
