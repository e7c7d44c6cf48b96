#pragma once

#include "storage/temporary_directory.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/domain/label_row.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>
#include <viltree/storage/manifest.hpp>
#include <viltree/storage/run_directory.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace viltree::archive::test {

struct Sample {
  domain::Verdict verdict;
  std::string answer;  ///< empty: none
  domain::FinishReason finish = domain::FinishReason::kStop;
};

/// Hangs a rollout with these steps below `origin`.
void grow(search::Tree& tree, std::uint32_t origin, const std::vector<std::string_view>& steps,
          const Sample& sample, std::uint32_t ticket);

/// A problem of a triangle, with four rollouts from the question and two from each of its first two steps.
/// Node 3 ("So the area is 6.") is labelled right, node 4 is where a solution breaks.
[[nodiscard]] search::StoredTree triangle(std::uint64_t index, const std::string& id);

/// The same with escape sequences, quotes, bidirectional overrides, HTML and broken UTF-8 wherever text comes
/// from outside.
[[nodiscard]] search::StoredTree hostile();

/// A small run on disk, made with the storage writers: units of two problems.
class RunFixture {
 public:
  /// Frames of its line files hold about so much text.
  explicit RunFixture(std::size_t frame_text_bytes = storage::kFrameTextBytes);

  /// Writes a unit of these trees with the rows that they give rise to, and lists it in the manifest.
  void add_unit(const std::vector<search::StoredTree>& trees);
  /// The same with rows of the caller.
  void add_unit(const std::vector<search::StoredTree>& trees, const std::vector<domain::LabelRow>& rows);
  /// The rows of the trees, numbered on from those that are there.
  [[nodiscard]] std::vector<domain::LabelRow> rows_of(const std::vector<search::StoredTree>& trees) const;
  /// A tree whose image lies in the run.
  [[nodiscard]] search::StoredTree tree(std::uint64_t index, const std::string& id) const;

  [[nodiscard]] const storage::RunDirectory& run() const { return run_; }
  [[nodiscard]] std::string read(const std::string& name) const;
  void write(const std::string& name, std::string_view bytes) const;
  void remove(const std::string& name) const;
  /// Another bit in the middle of the file.
  void damage(const std::string& name) const;
  /// Lets the manifest list as many lines of the unit's tree archive.
  void list_trees(std::uint64_t unit, std::uint64_t lines);

 private:
  viltree::test::TemporaryDirectory directory_;
  storage::RunDirectory run_;
  std::size_t frame_text_bytes_;
  storage::Manifest manifest_;
  domain::Image image_;
};

}  // namespace viltree::archive::test
