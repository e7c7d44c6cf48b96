#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>

#include <filesystem>
#include <string>

namespace viltree::dataset {

/// Reads the images that a data set names: data URLs, and files whose real path, links followed, lies below
/// the root. The type is told by the content. For one thread.
class Images {
 public:
  /// kInvalidInput where `root` is no folder that can be read.
  [[nodiscard]] static core::Result<Images> open(const std::string& root);

  /// kInvalidInput where there is no such file, it lies outside, is no image of a known type, or beyond the
  /// limits of bytes and pixels.
  [[nodiscard]] core::Result<domain::Image> read(const std::string& reference) const;

 private:
  explicit Images(std::filesystem::path root) : root_(std::move(root)) {}
  [[nodiscard]] core::Result<std::filesystem::path> locate(const std::string& reference) const;
  [[nodiscard]] core::Result<std::string> read_file(const std::string& reference) const;

  std::filesystem::path root_;  // real, without links
};

}  // namespace viltree::dataset
