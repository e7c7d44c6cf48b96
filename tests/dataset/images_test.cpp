#include "images.hpp"

#include "folder.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::dataset;

namespace {

std::string refusal(const Images& images, const std::string& reference) {
  const auto image = images.read(reference);
  return image ? "(read)" : image.error().message;
}

bool refused(const Images& images, const std::string& reference, const std::string& reason) {
  const std::string message = refusal(images, reference);
  CAPTURE(message);
  CHECK(message.find(reason) != std::string::npos);
  return message.find(reason) != std::string::npos;
}

}  // namespace

TEST_CASE("images: a file below the root and a data URL give the same image") {
  const Folder folder;
  const std::string file = png_file(6, 4);
  folder.write("set/a/one.jpg", file);
  const auto images = Images::open(folder.path("set").string());
  REQUIRE(images);
  const auto from_file = images->read("a/one.jpg");
  const auto from_url = images->read("data:image/jpeg;base64," + core::base64_encode(file));
  REQUIRE(from_file);
  REQUIRE(from_url);
  CHECK(from_file->media_type == "image/png");
  CHECK(from_file->width == 6);
  CHECK(from_file->height == 4);
  CHECK(from_file->path == "a/one.jpg");
  CHECK(*from_file->bytes == file);
  CHECK(from_file->sha256 == core::sha256_hex(file));
  CHECK(from_url->path.empty());
  CHECK(from_url->sha256 == from_file->sha256);
}

TEST_CASE("images: nothing outside the root is read, by whatever path") {
  const Folder folder;
  folder.write("secret.png", png_file(1, 1));
  folder.write("set/inside.png", png_file(1, 1));
  folder.write("set-beside/near.png", png_file(1, 1));
  std::filesystem::create_symlink("../secret.png", folder.path("set/link.png"));
  std::filesystem::create_symlink("..", folder.path("set/up"));
  std::filesystem::create_symlink("../set-beside", folder.path("set/beside"));
  std::filesystem::create_symlink("inside.png", folder.path("set/inner.png"));
  const auto images = Images::open(folder.path("set").string());
  REQUIRE(images);
  CHECK(refused(*images, "../secret.png", "without '..'"));
  CHECK(refused(*images, "a/../../secret.png", "without '..'"));
  CHECK(refused(*images, folder.path("set/inside.png").string(), "not absolute"));
  CHECK(refused(*images, "link.png", "outside"));
  CHECK(refused(*images, "up/secret.png", "outside"));
  CHECK(refused(*images, "beside/near.png", "outside"));
  CHECK(refused(*images, std::string("inside.png\0", 11), "below the root"));
  CHECK(refused(*images, "https://example.org/a.png", "not fetched"));
  CHECK(refused(*images, "file:///etc/passwd", "not fetched"));
  CHECK(refusal(*images, "inner.png") == "(read)");
}

TEST_CASE("images: a root that is a link is followed once") {
  const Folder folder;
  folder.write("set/inside.png", png_file(1, 1));
  std::filesystem::create_directory_symlink("set", folder.path("root"));
  const auto images = Images::open(folder.path("root").string());
  REQUIRE(images);
  CHECK(refusal(*images, "inside.png") == "(read)");
}

TEST_CASE("images: what is missing, no image or too large is refused with the reason") {
  const Folder folder;
  folder.write("text.png", "no picture");
  folder.write("empty.png", "");
  folder.write("wide.png", png_file(100'001, 1000));
  folder.write("sub/a.png", png_file(1, 1));
  const std::string large = folder.write("large.png", png_file(1, 1));
  std::filesystem::resize_file(large, core::limits::kImageBytes + 1);
  const auto images = Images::open(folder.path().string());
  REQUIRE(images);
  CHECK(refused(*images, "none.png", "No such file"));
  CHECK(refused(*images, "text.png", "no PNG, JPEG, GIF, WebP or BMP"));
  CHECK(refused(*images, "empty.png", "no PNG, JPEG, GIF, WebP or BMP"));
  CHECK(refused(*images, "wide.png", "100001 x 1000 pixels"));
  CHECK(refused(*images, "large.png", std::to_string(core::limits::kImageBytes)));
  CHECK(refused(*images, "sub", "is no file"));
  CHECK(refused(*images, "data:image/png,abc", "base64"));
  CHECK(refused(*images, "data:image/png;base64,a*c=", "not base64"));
  CHECK(refused(*images, "data:image/png;base64," + core::base64_encode("text"), "no PNG"));
  CHECK(refused(*images, "data:;base64," + std::string(core::limits::kImageBytes * 4 / 3 + 100, 'A'),
                "longer than"));
  CHECK(refusal(*images, "data:" + std::string(5000, 'x')).size() < 300);
}

TEST_CASE("images: a root that is no folder is refused") {
  const Folder folder;
  CHECK_FALSE(Images::open(folder.path("none").string()));
  CHECK_FALSE(Images::open(folder.write("file", "x")));
}
