#include "images.hpp"

#include "image_header.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/storage/file_system.hpp>

#include <algorithm>
#include <system_error>

namespace viltree::dataset {

namespace fs = std::filesystem;
using core::ErrorKind;
using core::fail;
using core::Result;

namespace {

constexpr std::string_view kDataUrl = "data:";
constexpr std::size_t kLongestName = 120;

/// For messages: a data URL would fill the screen.
std::string shown(const std::string& reference) {
  if (reference.size() <= kLongestName) return "image '" + reference + "'";
  return "image '" + core::repair_utf8(std::string_view(reference).substr(0, kLongestName)) + "…'";
}

Result<std::string> decode_data_url(const std::string& reference) {
  constexpr std::string_view kBase64 = ";base64";
  const std::size_t comma = reference.find(',');
  if (comma == std::string::npos || !std::string_view(reference).substr(0, comma).ends_with(kBase64)) {
    return fail(ErrorKind::kInvalidInput, "a data URL must be 'data:<type>;base64,<data>'");
  }
  const std::string_view data = std::string_view(reference).substr(comma + 1);
  if (data.size() / 4 * 3 > core::limits::kImageBytes + 2) {
    return fail(ErrorKind::kInvalidInput,
                "longer than " + std::to_string(core::limits::kImageBytes) + " bytes");
  }
  std::string bytes;
  if (!core::base64_decode(data, bytes)) return fail(ErrorKind::kInvalidInput, "the data is not base64");
  return bytes;
}

bool lies_below(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

bool goes_up(const fs::path& path) {
  return std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

Result<domain::Image> describe(std::string bytes) {
  const auto header = read_image_header(bytes);
  if (!header) return fail(ErrorKind::kInvalidInput, "its content is no PNG, JPEG, GIF, WebP or BMP image");
  if (std::uint64_t{header->width} * header->height > core::limits::kImagePixels) {
    return fail(ErrorKind::kInvalidInput, std::to_string(header->width) + " x " +
                                              std::to_string(header->height) + " pixels are more than " +
                                              std::to_string(core::limits::kImagePixels));
  }
  domain::Image image;
  image.sha256 = core::sha256_hex(bytes);
  image.media_type = header->media_type;
  image.width = header->width;
  image.height = header->height;
  image.bytes = std::make_shared<const std::string>(std::move(bytes));
  return image;
}

}  // namespace

Result<Images> Images::open(const std::string& root) {
  std::error_code error;
  fs::path real = fs::canonical(root, error);
  if (!error && !fs::is_directory(real, error) && !error)
    error = std::make_error_code(std::errc::not_a_directory);
  if (error) return fail(ErrorKind::kInvalidInput, "dataset.root: '" + root + "': " + error.message());
  return Images(std::move(real));
}

Result<domain::Image> Images::read(const std::string& reference) const {
  const bool data_url = reference.starts_with(kDataUrl);
  auto bytes = data_url ? decode_data_url(reference) : read_file(reference);
  if (!bytes) return fail(bytes.error(), shown(reference));
  auto image = describe(*std::move(bytes));
  if (!image) return fail(image.error(), shown(reference));
  if (!data_url) image->path = reference;
  return image;
}

Result<fs::path> Images::locate(const std::string& reference) const {
  const fs::path relative(reference);
  if (reference.find("://") != std::string::npos) {
    return fail(ErrorKind::kInvalidInput,
                "images are not fetched; give a path below the root, or a data URL");
  }
  if (reference.find('\0') != std::string::npos || relative.is_absolute() || goes_up(relative)) {
    return fail(ErrorKind::kInvalidInput, "must be a path below the root, not absolute and without '..'");
  }
  std::error_code error;
  const fs::path real = fs::canonical(root_ / relative, error);
  if (error) return fail(ErrorKind::kInvalidInput, "below " + root_.string() + ": " + error.message());
  if (!lies_below(real, root_))
    return fail(ErrorKind::kInvalidInput, "is a link to a place outside " + root_.string());
  if (!fs::is_regular_file(real, error)) return fail(ErrorKind::kInvalidInput, "is no file");
  return real;
}

Result<std::string> Images::read_file(const std::string& reference) const {
  const auto path = locate(reference);
  if (!path) return fail(path.error());
  auto bytes = storage::read_file(storage::real_file_system(), *path, core::limits::kImageBytes);
  if (!bytes) return fail(ErrorKind::kInvalidInput, bytes.error().message);
  return bytes;
}

}  // namespace viltree::dataset
