#pragma once

#include <viltree/domain/judgement.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/file_system.hpp>

#include <map>
#include <string>
#include <vector>

namespace viltree::exports {

/// A judge's file, in memory: JSONL, plain or zstd, one domain::Judgement a line. Const calls are
/// thread-safe.
class Judgements {
 public:
  /// kInvalidInput with file and line where a line is no judgement; else the errors of the disk.
  [[nodiscard]] static core::Result<Judgements> load(storage::FileSystem& fs, const storage::Path& path);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Those of solutions that are in the tree. kInvalidInput with file and line where one names a step that
  /// its solution does not have.
  [[nodiscard]] core::Result<std::vector<labels::JudgedSolution>> of(const search::StoredTree& stored) const;

 private:
  struct Entry {
    std::string where;  ///< "file:line"
    domain::Judgement judgement;
  };
  std::map<std::string, std::vector<Entry>> by_problem_;
  std::size_t size_ = 0;
};

}  // namespace viltree::exports
