#include "run_fixture.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/lines.hpp>

#include <fstream>
#include <memory>
#include <sstream>

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

namespace viltree::test {

namespace {

template <class Value>
Value unwrap(core::Result<Value> result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().message));
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

}  // namespace

RunFixture::RunFixture() : directory_(storage::real_file_system(), run()) {
  unwrap(directory_.create());
  manifest_.program = "0.1.0";
  manifest_.config_hash = "c0ffee";
}

domain::Image RunFixture::add_image(const std::string& bytes) {
  domain::Image image;
  image.sha256 = core::sha256_hex(bytes);
  image.media_type = "image/png";
  image.path = unwrap(directory_.put_image(image.sha256, "png", bytes));
  return image;
}

void RunFixture::add_unit(const std::vector<search::StoredTree>& trees, std::size_t frame_bytes) {
  const std::uint64_t unit = manifest_.units.size();
  storage::UnitEntry entry;
  entry.unit = unit;
  entry.first_problem = manifest_.total_problems;
  entry.problems = trees.size();
  entry.trees = trees.size();
  entry.complete = true;
  entry.tree_archive.path = storage::RunDirectory::tree_archive_name(unit);
  entry.shard.path = storage::RunDirectory::shard_name(unit);
  storage::LineFileOptions options;
  options.compression_level = 1;
  options.frame_text_bytes = frame_bytes;
  auto writer = unwrap(storage::LineFileWriter::create(storage::real_file_system(),
                                                       directory_.path(entry.tree_archive.path), options));
  for (const search::StoredTree& tree : trees) unwrap(writer->add_line(codec::encode_tree(tree)));
  const storage::LineFileSummary summary = unwrap(writer->finish());
  entry.tree_archive.bytes = summary.bytes;
  entry.tree_archive.sha256 = summary.sha256;
  entry.tree_archive.lines = summary.lines;
  entry.shard.sha256 = std::string(64, '0');
  manifest_.total_problems += trees.size();
  manifest_.put(entry);
  save_manifest();
}

void RunFixture::save_manifest() {
  unwrap(storage::save_manifest(storage::real_file_system(), directory_.manifest(), manifest_));
}

core::Result<exports::ExportSummary> RunFixture::try_export(exports::ExportOptions options,
                                                            std::string_view name) {
  options.out = out(name);
  return exports::run_export(storage::real_file_system(), run(), options);
}

exports::ExportSummary RunFixture::run_export(const exports::ExportOptions& options, std::string_view name) {
  return unwrap(try_export(options, name));
}

exports::ExportOptions options_for(std::string format) {
  exports::ExportOptions options;
  options.format = std::move(format);
  options.threads = 2;
  return options;
}

std::string read_file(const storage::Path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path.string());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::vector<std::string> read_lines(const storage::Path& path) {
  std::istringstream text(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::map<std::string, std::string> read_folder(const storage::Path& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

std::map<std::string, std::string> read_zip(const storage::Path& path) {
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
  REQUIRE(archive_read_support_format_zip(zip.get()) == ARCHIVE_OK);
  REQUIRE(archive_read_open_filename(zip.get(), path.c_str(), 1 << 16) == ARCHIVE_OK);
  std::map<std::string, std::string> entries;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
    std::string bytes(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    REQUIRE(archive_read_data(zip.get(), bytes.data(), bytes.size()) ==
            static_cast<la_ssize_t>(bytes.size()));
    const bool is_new = entries.emplace(archive_entry_pathname(entry), bytes).second;
    REQUIRE(is_new);
  }
  return entries;
}

void add_rollout(search::Tree& tree, domain::NodeId origin, std::vector<std::string_view> steps,
                 domain::Verdict verdict) {
  domain::Rollout rollout;
  const bool cut = verdict == domain::Verdict::kTruncated;
  rollout.completion.finish = cut ? domain::FinishReason::kLength : domain::FinishReason::kStop;
  rollout.completion.tokens = 10;
  rollout.verdict = verdict;
  const auto ticket = static_cast<std::uint32_t>(tree.rollout_count() + 1);
  tree.add_rollout(origin, steps, rollout, {ticket}, "model|x");
}

search::Tree make_tree() {
  using domain::Verdict;
  search::Tree tree;
  add_rollout(tree, domain::kRoot, {"a\n\n", "b"}, Verdict::kRight);
  add_rollout(tree, domain::kRoot, {"a\n\n", "c"}, Verdict::kWrong);
  add_rollout(tree, {1}, {"d"}, Verdict::kTruncated);
  add_rollout(tree, domain::kRoot, {"e"}, Verdict::kRight);
  add_rollout(tree, {1}, {"c"}, Verdict::kWrong);
  add_rollout(tree, {1}, {"f"}, Verdict::kRight);
  for (std::uint32_t id = 1; id <= 4; ++id) tree.label({id});
  return tree;
}

search::StoredTree stored(std::string id, search::Tree tree, std::vector<domain::Image> images) {
  search::StoredTree stored;
  stored.problem.id = std::move(id);
  stored.problem.question = "Q?";
  stored.problem.answer = "7";
  stored.problem.images = std::move(images);
  stored.strategy = "uct";
  stored.tree = std::move(tree);
  return stored;
}

}  // namespace viltree::test
