#include "image_header.hpp"

#include "folder.hpp"

#include <viltree/core/random.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::dataset;

namespace {

template <std::size_t N>
std::string bytes(const char (&literal)[N]) {
  return {literal, N - 1};
}

std::string seen(const std::string& file) {
  const auto header = read_image_header(file);
  if (!header) return "none";
  return std::string(header->media_type) + " " + std::to_string(header->width) + "x" +
         std::to_string(header->height);
}

const std::string kJpeg = bytes(
    "\xFF\xD8\xFF\xE0\x00\x04"
    "ab"
    "\xFF\xFF\xC2\x00\x0B\x08\x01\x02\x03\x04\x01");
const std::string kGif = bytes("GIF89a\x03\x00\x02\x01");
const std::string kBmp = bytes("BM________\x36\0\0\0\x28\0\0\0\x05\0\0\0\xFA\xFF\xFF\xFF");
const std::string kOldBmp = bytes("BM________\x1A\0\0\0\x0C\0\0\0\x05\0\x06\0");
const std::string kLossy = bytes("RIFF____WEBPVP8 ____\x30\x01\x00\x9D\x01\x2A\x20\x03\x58\x42");
const std::string kLossless = bytes("RIFF____WEBPVP8L____\x2F\x03\x40\x00\x00");
const std::string kExtended = bytes("RIFF____WEBPVP8X____\0\0\0\0\x0F\x01\x00\x1F\x00\x00");

}  // namespace

TEST_CASE("image header: type and size come from the content") {
  CHECK(seen(png_file(640, 70000)) == "image/png 640x70000");
  CHECK(seen(kJpeg) == "image/jpeg 772x258");
  CHECK(seen(kGif) == "image/gif 3x258");
  CHECK(seen(kBmp) == "image/bmp 5x6");
  CHECK(seen(kOldBmp) == "image/bmp 5x6");
  CHECK(seen(kLossy) == "image/webp 800x600");
  CHECK(seen(kLossless) == "image/webp 4x2");
  CHECK(seen(kExtended) == "image/webp 272x32");
}

TEST_CASE("image header: anything else is no image") {
  CHECK(seen("") == "none");
  CHECK(seen("<svg width='3' height='3'/>") == "none");
  CHECK(seen("%PDF-1.7") == "none");
  CHECK(seen(png_file(0, 5)) == "none");
  CHECK(seen(png_file(5, 0)) == "none");
  CHECK(seen(bytes("\xFF\xD8\xFF\xD9")) == "none");
  CHECK(seen(bytes("\xFF\xD8\xFF\xDA\x00\x04"
                   "ab")) == "none");
  CHECK(seen(bytes("\xFF\xD8\xFF\xE0\x00\x00")) == "none");
  CHECK(seen(bytes("RIFF____WAVEfmt ")) == "none");
  CHECK(seen("BM is how the sentence begins that is no picture at all") == "none");
}

TEST_CASE("image header: a file that is cut anywhere is no image, or the same one") {
  for (const std::string& file : {png_file(3, 4), kJpeg, kGif, kBmp, kOldBmp, kLossy, kLossless, kExtended}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      const auto header = read_image_header(std::string_view(file).substr(0, size));
      if (header) CHECK(header->media_type == read_image_header(file)->media_type);
    }
  }
}

TEST_CASE("image header: random bytes behind a signature do no harm") {
  core::Random random(11);
  for (const std::string& file : {png_file(3, 4), kJpeg, kGif, kBmp, kLossy, kLossless, kExtended}) {
    for (int i = 0; i < 3000; ++i) {
      std::string changed = file;
      for (int flips = 0; flips < 4; ++flips) {
        changed[static_cast<std::size_t>(random.between(2, static_cast<std::int64_t>(file.size()) - 1))] =
            static_cast<char>(random.between(0, 255));
      }
      const auto header = read_image_header(changed);
      CHECK((!header || (header->width > 0 && header->height > 0)));
    }
  }
}
