#pragma once

#include <viltree/core/result.hpp>

#include <string>
#include <vector>

namespace viltree::config {

inline constexpr const char* kOverride = "--set";

/// Where something was given: a line of the file, or an override.
struct Place {
  std::string source;  ///< the file's name, or kOverride
  int line = 0;        ///< from 1; 0: the whole source
};

/// Collects what is wrong, so that all of it is told at once.
class Errors {
 public:
  /// "file:12: key: message", "--set key: message"; no key where it is empty.
  void add(const Place& place, const std::string& key, const std::string& message);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  /// So much is wrong that it is no use to look for more.
  [[nodiscard]] bool hopeless() const { return lines_.size() > 100; }
  /// kInvalidInput with the first of them, one a line, by line of the file.
  [[nodiscard]] core::Error error() const;

 private:
  struct Line {
    int line;
    std::string text;
  };
  std::vector<Line> lines_;
};

}  // namespace viltree::config
