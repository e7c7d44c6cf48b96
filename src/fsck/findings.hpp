#pragma once

#include <viltree/fsck/fsck.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace viltree::fsck {

/// Collects what a check finds, with a limit per file, so that one bad file does not hide the others. For one
/// thread.
class Findings {
 public:
  void error(const std::string& file, std::string what) { add({file, std::move(what), Severity::kError}); }
  void note(const std::string& file, std::string what) { add({file, std::move(what), Severity::kNote}); }
  void add(Finding finding);
  /// Moves everything into the report, with a last line for each file that had more.
  void hand_over(Report& report);

 private:
  std::vector<Finding> findings_;
  std::map<std::string, std::uint64_t> per_file_;
  std::map<std::uint64_t, bool> damaged_units_;
  std::uint64_t errors_ = 0;
};

}  // namespace viltree::fsck
