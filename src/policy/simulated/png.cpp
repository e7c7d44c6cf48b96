#include "png.hpp"

#include <viltree/core/check.hpp>

#include <cstddef>
#include <new>
#include <vector>

#include <png.h>

namespace viltree::simulated {

namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1A\n", 8);
constexpr int kBitDepth = 4;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Writing into memory fails for want of it, or for a bug. libpng lets exceptions through.
[[noreturn]] void on_error(png_structp, png_const_charp message) {
  if (std::string_view(message).find("memory") != std::string_view::npos) throw std::bad_alloc();
  core::check_failed(message, __FILE__, __LINE__);
}
void on_warning(png_structp, png_const_charp) {}

void append(png_structp png, png_bytep bytes, std::size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(bytes), size);
}
void flush(png_structp) {}

/// libpng's writer, freed at the end.
class Writer {
 public:
  explicit Writer(std::string& out)
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning)),
        info_(png_create_info_struct(png_)) {
    if (info_ == nullptr) {
      png_destroy_write_struct(&png_, nullptr);
      throw std::bad_alloc();
    }
    png_set_write_fn(png_, &out, append, flush);
  }
  ~Writer() { png_destroy_write_struct(&png_, &info_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  [[nodiscard]] png_structp png() const { return png_; }
  [[nodiscard]] png_infop info() const { return info_; }

 private:
  png_structp png_;
  png_infop info_;
};

void set_palette(const Writer& writer) {
  std::vector<png_color> colours;
  for (const Rgb& colour : palette()) colours.push_back({colour.red, colour.green, colour.blue});
  png_set_PLTE(writer.png(), writer.info(), colours.data(), static_cast<int>(colours.size()));
}

void set_text(const Writer& writer, std::string keyword, std::string text) {
  png_text entry{};
  entry.compression = PNG_TEXT_COMPRESSION_NONE;
  entry.key = keyword.data();
  entry.text = text.data();
  entry.text_length = text.size();
  png_set_text(writer.png(), writer.info(), &entry, 1);
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

}  // namespace

std::string encode_png(const Canvas& canvas, std::string_view keyword, std::string_view text) {
  std::string file;
  const Writer writer(file);
  png_set_IHDR(writer.png(), writer.info(), static_cast<png_uint_32>(canvas.width()),
               static_cast<png_uint_32>(canvas.height()), kBitDepth, PNG_COLOR_TYPE_PALETTE,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  set_palette(writer);
  set_text(writer, std::string(keyword), std::string(text));
  png_set_filter(writer.png(), PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);  // rows of a drawing are much alike
  png_write_info(writer.png(), writer.info());
  for (int y = 0; y < canvas.height(); ++y) {
    const std::string row = packed_row(canvas, y);
    png_write_row(writer.png(), reinterpret_cast<png_const_bytep>(row.data()));
  }
  png_write_end(writer.png(), nullptr);
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
