#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/core/result.hpp>

#include <fstream>
#include <memory>
#include <string>

namespace viltree::simulated {

/// A file of lines that only grows. Thread-safe.
class RequestLog {
 public:
  /// Opens the file for appending; kPermanent where that fails.
  [[nodiscard]] static core::Result<std::unique_ptr<RequestLog>> open(const std::string& path);

  /// Returns when the line is with the operating system; false where it could not be written.
  [[nodiscard]] bool append(const std::string& line);

 private:
  explicit RequestLog(std::ofstream file) : file_(std::move(file)) {}
  core::Mutex mutex_;
  std::ofstream file_ VILTREE_GUARDED_BY(mutex_);
};

}  // namespace viltree::simulated
