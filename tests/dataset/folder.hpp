#pragma once

#include <viltree/dataset/source.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// A data set on disk, as small as the tests need it.
namespace viltree::dataset {

/// A folder below the system's temporary one, removed with all that is in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::filesystem::path path(const std::string& name = {}) const { return path_ / name; }
  /// Writes a file, and the folders above it.
  std::string write(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string zstd(std::string_view bytes);

/// Files that say their size and nothing more.
[[nodiscard]] std::string png_file(std::uint32_t width, std::uint32_t height);

/// All items to the end; fails the test on an error of the file.
[[nodiscard]] std::vector<Item> read_all(Source& source);

/// The reasons of the rejections, by "line: reason", and the problems' ids, in order.
[[nodiscard]] std::vector<std::string> outline(const std::vector<Item>& items);

}  // namespace viltree::dataset
