#include "folder.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <zstd.h>

namespace viltree::dataset {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "viltree-dataset-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::filesystem::remove_all(path_);
}

std::string Folder::write(const std::string& name, std::string_view bytes) const {
  const auto file = path(name);
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
  return file.string();
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string png_file(std::uint32_t width, std::uint32_t height) {
  std::string file("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", 16);
  for (const std::uint32_t size : {width, height}) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) file += static_cast<char>(size >> shift & 0xFFU);
  }
  return file + std::string("\x08\x02\0\0\0", 5);
}

std::vector<Item> read_all(Source& source) {
  std::vector<Item> items;
  for (;;) {
    auto item = source.next();
    REQUIRE(item);
    if (!*item) return items;
    items.push_back(**std::move(item));
  }
}

std::vector<std::string> outline(const std::vector<Item>& items) {
  std::vector<std::string> lines;
  for (const Item& item : items) {
    if (const auto* problem = std::get_if<domain::Problem>(&item.content)) {
      lines.push_back(problem->id);
    } else {
      const auto& rejection = std::get<Rejection>(item.content);
      lines.push_back(std::to_string(item.line) + ": " + rejection.reason);
    }
  }
  return lines;
}

}  // namespace viltree::dataset
