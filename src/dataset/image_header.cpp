#include "image_header.hpp"

#include <cstddef>

namespace viltree::dataset {

namespace {

/// Reads numbers from a file; beyond its end every byte is 0, which no size may be.
class Bytes {
 public:
  explicit Bytes(std::string_view file) : file_(file) {}

  [[nodiscard]] std::uint32_t u8(std::size_t at) const {
    return at < file_.size() ? static_cast<unsigned char>(file_[at]) : 0U;
  }
  [[nodiscard]] std::uint32_t big16(std::size_t at) const { return u8(at) << 8U | u8(at + 1); }
  [[nodiscard]] std::uint32_t big32(std::size_t at) const { return big16(at) << 16U | big16(at + 2); }
  [[nodiscard]] std::uint32_t little16(std::size_t at) const { return u8(at) | u8(at + 1) << 8U; }
  [[nodiscard]] std::uint32_t little24(std::size_t at) const { return little16(at) | u8(at + 2) << 16U; }
  [[nodiscard]] std::uint32_t little32(std::size_t at) const {
    return little16(at) | little16(at + 2) << 16U;
  }
  [[nodiscard]] bool has(std::size_t at, std::string_view bytes) const {
    return at < file_.size() && file_.substr(at, bytes.size()) == bytes;
  }
  [[nodiscard]] std::size_t size() const { return file_.size(); }

 private:
  std::string_view file_;
};

using Header = std::optional<ImageHeader>;

Header png(Bytes file) {
  if (!file.has(0, "\x89PNG\r\n\x1A\n") || !file.has(12, "IHDR")) return std::nullopt;
  return ImageHeader{"image/png", file.big32(16), file.big32(20)};
}

Header gif(Bytes file) {
  if (!file.has(0, "GIF87a") && !file.has(0, "GIF89a")) return std::nullopt;
  return ImageHeader{"image/gif", file.little16(6), file.little16(8)};
}

/// The height is negative where the rows are stored from the top down.
Header bmp(Bytes file) {
  if (!file.has(0, "BM")) return std::nullopt;
  const std::uint32_t header_size = file.little32(14);
  if (header_size == 12) return ImageHeader{"image/bmp", file.little16(18), file.little16(20)};
  if (header_size < 40 || header_size > 124) return std::nullopt;
  const std::uint32_t height = file.little32(22);
  return ImageHeader{"image/bmp", file.little32(18), (height >> 31U) != 0 ? 0U - height : height};
}

Header webp(Bytes file) {
  if (!file.has(0, "RIFF") || !file.has(8, "WEBP")) return std::nullopt;
  ImageHeader header{"image/webp", 0, 0};
  if (file.has(12, "VP8X")) {
    header.width = file.little24(24) + 1;
    header.height = file.little24(27) + 1;
    return file.size() >= 30 ? Header(header) : std::nullopt;
  }
  if (file.has(12, "VP8L") && file.u8(20) == 0x2F) {
    const std::uint32_t bits = file.little32(21);
    header.width = (bits & 0x3FFFU) + 1;
    header.height = ((bits >> 14U) & 0x3FFFU) + 1;
    return file.size() >= 25 ? Header(header) : std::nullopt;
  }
  if (!file.has(12, "VP8 ") || !file.has(23, "\x9D\x01\x2A")) return std::nullopt;
  header.width = file.little16(26) & 0x3FFFU;
  header.height = file.little16(28) & 0x3FFFU;
  return header;
}

/// A segment that tells the size: SOF0 to SOF15 but for the tables DHT, JPG and DAC among them.
bool tells_size(std::uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool stands_alone(std::uint32_t marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
}

Header jpeg(Bytes file) {
  if (!file.has(0, "\xFF\xD8\xFF")) return std::nullopt;
  for (std::size_t at = 2; at < file.size();) {
    if (file.u8(at) != 0xFF) return std::nullopt;
    while (file.u8(at) == 0xFF) ++at;
    const std::uint32_t marker = file.u8(at);
    if (tells_size(marker)) return ImageHeader{"image/jpeg", file.big16(at + 6), file.big16(at + 4)};
    if (marker == 0xDA || marker == 0xD9 || marker == 0) return std::nullopt;
    const std::uint32_t length = stands_alone(marker) ? 0 : file.big16(at + 1);
    if (length < 2 && !stands_alone(marker)) return std::nullopt;
    at += 1 + std::size_t{length};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageHeader> read_image_header(std::string_view file) {
  for (const auto parse : {png, jpeg, gif, webp, bmp}) {
    const Header header = parse(Bytes(file));
    if (header) return header->width > 0 && header->height > 0 ? header : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace viltree::dataset
