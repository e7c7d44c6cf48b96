#pragma once

#include "findings.hpp"

#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace viltree::fsck {

/// Checks one committed unit: its two files, each tree, each row with its tree, and the manifest's numbers.
class UnitCheck {
 public:
  UnitCheck(const storage::RunDirectory& run, const storage::UnitEntry& unit, Findings& findings)
      : run_(run), unit_(unit), findings_(findings) {}

  /// Call once. `next_row` is the index that the unit's first row must have, none where units before it are
  /// not there; on return, that of the row behind its last. The numbers of what was read are added to the
  /// report.
  void check(std::optional<std::uint64_t>& next_row, Report& report);

  /// The trees that could be read.
  [[nodiscard]] const std::vector<search::StoredTree>& trees() const { return trees_; }

 private:
  void error(const std::string& file, std::string what, bool of_contents = true);
  void tell_lost(const storage::FileEntry& file, std::uint64_t read, const std::string& noun);
  void check_file(const storage::FileEntry& file);
  void read_trees();
  void take_tree(search::StoredTree stored);
  void check_sums();
  void check_sum(const std::string& what, std::uint64_t found, std::uint64_t listed);
  void map_trees();
  void read_rows(std::optional<std::uint64_t>& next_row);

  const storage::RunDirectory& run_;
  const storage::UnitEntry& unit_;
  Findings& findings_;
  std::vector<search::StoredTree> trees_;
  bool all_trees_read_ = true;
  std::unordered_map<std::string, const search::StoredTree*> by_id_;  // by the id as rows have it
  std::uint64_t rows_ = 0;
};

}  // namespace viltree::fsck
