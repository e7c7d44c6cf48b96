#pragma once

#include "storage/temporary_directory.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/stats/stats.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::stats::test {

/// Hangs a rollout below `origin`: cut off where it is truncated, else ended by itself. An empty answer is
/// none.
void grow(search::Tree& tree, std::uint32_t origin, const std::vector<std::string_view>& steps,
          domain::Verdict verdict, std::string_view answer = {});

[[nodiscard]] search::StoredTree stored(std::uint64_t index, search::Tree tree);

/// Node (bytes) [right/wrong of its own evidence]; * labelled. "5" is judged both right and wrong.
///
///     root [2/1, 1 truncated] ─┬─ 1* "Add 2 and 3.\n" (13) [0/1] ─┬─ 2* "So 5." (5) [1/0]
///                              │                                  ├─ 3* "So 6." (5) [0/1]
///                              │                                  └─ 7* "It is 5." (8) [0/1]
///                              ├─ 4* "ADD 7 and 10. " (14) ─ 5* "So 5." (5) [1/0]
///                              └─ 6 "Hm" cut off
///
/// Spent: 2 requests, 100 prompt tokens of which 40 were cached, 50 generated.
[[nodiscard]] search::StoredTree mixed_tree();
/// root [2/0, 2 refused] ─ 1* "So 7." (5) [2/0]. 1 request, 30 prompt tokens, 20 generated.
[[nodiscard]] search::StoredTree right_tree();
/// root [1 unparsed] ─ 1* "??". 1 request, tokens unknown.
[[nodiscard]] search::StoredTree unparsed_tree();

/// A small run on disk, made with the storage writers. Without a run.yaml.
class Run {
 public:
  Run();

  /// Commits a unit of these trees, and as many lines put aside. A small `frame_bytes` makes many frames.
  void add_unit(const std::vector<search::StoredTree>& trees, std::uint64_t rejected,
                std::size_t frame_bytes = std::size_t{1} << 20U);
  [[nodiscard]] storage::Manifest& manifest() { return manifest_; }
  void save_manifest();
  [[nodiscard]] const storage::RunDirectory& directory() const { return directory_; }

 private:
  viltree::test::TemporaryDirectory temporary_;
  storage::RunDirectory directory_;
  storage::Manifest manifest_;
};

/// The three trees above in two units, one line put aside, of a data set of six.
[[nodiscard]] Statistics statistics_of_three(const labels::Options& options = {});

}  // namespace viltree::stats::test
