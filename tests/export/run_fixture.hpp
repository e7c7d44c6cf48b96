#pragma once

#include "storage/temporary_directory.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/result.hpp>
#include <viltree/export/export.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::test {

/// A small run directory on the real disk, written as a crawl writes one.
class RunFixture {
 public:
  RunFixture();

  /// Stores the bytes as an image of the run and gives its record.
  domain::Image add_image(const std::string& bytes);
  /// Commits one unit with these trees. A small `frame_bytes` makes many frames.
  void add_unit(const std::vector<search::StoredTree>& trees, std::size_t frame_bytes = 1 << 20);

  [[nodiscard]] storage::Path run() const { return temporary_.path() / "run"; }
  [[nodiscard]] storage::Path out(std::string_view name = "out") const { return temporary_.path() / name; }
  [[nodiscard]] storage::Manifest& manifest() { return manifest_; }
  void save_manifest();

  /// Exports to out(name).
  [[nodiscard]] core::Result<exports::ExportSummary> try_export(exports::ExportOptions options,
                                                                std::string_view name = "out");
  exports::ExportSummary run_export(const exports::ExportOptions& options, std::string_view name = "out");

 private:
  TemporaryDirectory temporary_;
  storage::RunDirectory directory_;
  storage::Manifest manifest_;
};

[[nodiscard]] exports::ExportOptions options_for(std::string format);

[[nodiscard]] std::string read_file(const storage::Path& path);
[[nodiscard]] std::vector<std::string> read_lines(const storage::Path& path);
/// All files of a folder, by name.
[[nodiscard]] std::map<std::string, std::string> read_folder(const storage::Path& path);
/// The entries of a zip file, by name; fails the test where one is twice in it.
[[nodiscard]] std::map<std::string, std::string> read_zip(const storage::Path& path);

/// A rollout from `origin`: cut off by the length limit where it is truncated, else ended by itself.
void add_rollout(search::Tree& tree, domain::NodeId origin, std::vector<std::string_view> steps,
                 domain::Verdict verdict);

/// The tree of these tests. Evidence in brackets: right / wrong / truncated; a to d are labelled.
///
///     root [2/1/0] ─┬─ 1 "a\n\n" [1/1/1] ─┬─ 2 "b" [1/0/0]
///                   │                     ├─ 3 "c" [0/2/0]
///                   │                     ├─ 4 "d" [0/0/0] cut off
///                   │                     └─ 6 "f" [1/0/0]
///                   └─ 5 "e" [1/0/0]
[[nodiscard]] search::Tree make_tree();
[[nodiscard]] search::StoredTree stored(std::string id, search::Tree tree,
                                        std::vector<domain::Image> images = {});

}  // namespace viltree::test
