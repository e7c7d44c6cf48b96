#include "png.hpp"

#include "deflate.hpp"

#include <cstddef>

#include <zlib.h>

namespace viltree::simulated {

namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1A\n", 8);
constexpr char kBitDepth = 4;
constexpr char kPaletteColour = 3;
constexpr char kFilterUp = 2;

void append_number(std::string& out, std::uint32_t value) {
  for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>(value >> (shift - 8) & 0xFFU);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

void append_chunk(std::string& out, std::string_view type, std::string_view content) {
  append_number(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t start = out.size();
  out += type;
  out += content;
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + start);
  append_number(out, static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(out.size() - start))));
}

std::string header(const Canvas& canvas) {
  std::string content;
  append_number(content, static_cast<std::uint32_t>(canvas.width()));
  append_number(content, static_cast<std::uint32_t>(canvas.height()));
  content += kBitDepth;
  content += kPaletteColour;
  content.append(3, '\0');  // deflate, the five standard filters, no interlace
  return content;
}

std::string palette_content() {
  std::string content;
  for (const Rgb& colour : palette()) {
    for (const std::uint8_t part : {colour.red, colour.green, colour.blue})
      content += static_cast<char>(part);
  }
  return content;
}

std::string packed_row(const Canvas& canvas, int y) {
  std::string row;
  for (int x = 0; x < canvas.width(); x += 2) {
    const auto left = static_cast<unsigned>(canvas.at({x, y}));
    const auto right = x + 1 < canvas.width() ? static_cast<unsigned>(canvas.at({x + 1, y})) : 0U;
    row += static_cast<char>(left << 4U | right);
  }
  return row;
}

/// Every row as its difference to the one above: in a drawing, nearly always zero.
std::string filtered_rows(const Canvas& canvas) {
  std::string rows;
  std::string above(static_cast<std::size_t>(canvas.width() + 1) / 2, '\0');
  for (int y = 0; y < canvas.height(); ++y) {
    std::string row = packed_row(canvas, y);
    rows += kFilterUp;
    for (std::size_t i = 0; i < row.size(); ++i) rows += static_cast<char>(row[i] - above[i]);
    above = std::move(row);
  }
  return rows;
}

}  // namespace

std::string encode_png(const Canvas& canvas, std::string_view keyword, std::string_view text) {
  std::string file(kSignature);
  append_chunk(file, "IHDR", header(canvas));
  append_chunk(file, "PLTE", palette_content());
  std::string entry(keyword);
  entry += '\0';
  entry += text;
  append_chunk(file, "tEXt", entry);
  append_chunk(file, "IDAT", zlib_runs(filtered_rows(canvas)));
  append_chunk(file, "IEND", "");
  return file;
}

bool is_png(std::string_view file) {
  return file.substr(0, kSignature.size()) == kSignature;
}

std::optional<std::string> text_chunk(std::string_view file, std::string_view keyword) {
  if (!is_png(file)) return std::nullopt;
  file.remove_prefix(kSignature.size());
  while (file.size() >= 12) {
    const std::size_t size = number_at(file, 0);
    if (size > file.size() - 12) return std::nullopt;
    const std::string_view type = file.substr(4, 4);
    const std::string_view content = file.substr(8, size);
    if (type == "tEXt" && content.substr(0, content.find('\0')) == keyword &&
        content.size() > keyword.size()) {
      return std::string(content.substr(keyword.size() + 1));
    }
    file.remove_prefix(size + 12);
  }
  return std::nullopt;
}

std::optional<PngSize> picture_size(std::string_view file) {
  constexpr std::size_t kSizeAt = kSignature.size() + 8;
  if (!is_png(file) || file.size() < kSizeAt + 8 || file.substr(kSizeAt - 4, 4) != "IHDR")
    return std::nullopt;
  return PngSize{number_at(file, kSizeAt), number_at(file, kSizeAt + 4)};
}

}  // namespace viltree::simulated
