#include <viltree/archive/committed.hpp>
#include <viltree/archive/frames.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/codec/tree_key.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/trees.hpp>

#include <charconv>
#include <functional>
#include <utility>
#include <vector>

namespace viltree::inspect {

namespace {

/// Longer ids are not compared with what was asked for: the edit distance is quadratic.
constexpr std::size_t kMostIdBytes = 256;

using codec::TreeKey;
using IsWanted = std::function<bool(const TreeKey&)>;

/// What a frame says about the question.
using Answer = core::Result<FoundTree>;

/// The nearer of the two to `id`; the first where both are as near.
std::string nearer(std::string_view id, const std::string& a, const std::string& b) {
  std::vector<std::string> candidates;
  for (const std::string& candidate : {a, b}) {
    if (!candidate.empty() && candidate.size() <= kMostIdBytes) candidates.push_back(candidate);
  }
  return id.size() > kMostIdBytes ? std::string() : core::nearest(id, candidates);
}

Answer look_into(const archive::Frame& frame, const IsWanted& is_wanted, std::string_view id) {
  FoundTree found;
  const auto look = [&](std::uint64_t, std::string_view line) -> core::Status {
    const std::optional<TreeKey> key = codec::tree_key(line);
    if (!key)
      return core::fail(core::ErrorKind::kCorruption, "a stored tree is damaged: it names no problem");
    if (found.tree) return {};
    found.nearest = nearer(id, found.nearest, key->id);
    if (!is_wanted(*key)) return {};
    auto stored = codec::decode_tree(line);
    if (!stored) return core::fail(stored.error());
    found.tree = *std::move(stored);
    return {};
  };
  if (const auto done = archive::for_each_line(frame, look); !done)
    return core::fail(archive::told(frame.file, done.error()));
  return found;
}

Answer search_archives(const storage::RunDirectory& run, std::vector<archive::Part> archives,
                       const IsWanted& is_wanted, std::string_view id) {
  Answer all = FoundTree{};
  archive::FrameWork<Answer> work;
  work.work = [&](const archive::Frame& frame) { return look_into(frame, is_wanted, id); };
  work.take = [&](Answer answer) {
    if (!answer || answer->tree) {
      all = std::move(answer);
      return false;
    }
    all->nearest = nearer(id, all->nearest, answer->nearest);
    return true;
  };
  const core::Status read = archive::for_each_frame(run, std::move(archives), 0, work);
  if (all && !all->tree && !read) return core::fail(archive::told("", read.error()));
  return all;
}

/// 12, where the text is "#12".
std::optional<std::uint64_t> as_index(std::string_view text) {
  std::uint64_t index = 0;
  const char* const end = text.data() + text.size();
  if (!text.starts_with('#') || text.size() == 1) return std::nullopt;
  const auto [stopped, error] = std::from_chars(text.data() + 1, end, index);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return index;
}

std::vector<archive::Part> archives_with(const storage::Manifest& manifest, std::uint64_t index) {
  std::vector<archive::Part> archives;
  for (const storage::UnitEntry& unit : manifest.units) {
    const bool holds = index >= unit.first_problem && index - unit.first_problem < unit.problems;
    if (holds) archives.push_back({unit.tree_archive.path});
  }
  return archives;
}

}  // namespace

core::Result<FoundTree> find_tree(const storage::RunDirectory& run, std::string_view problem) {
  const auto manifest = archive::manifest_of(run);
  if (!manifest) return core::fail(manifest.error());
  if (const std::optional<std::uint64_t> index = as_index(problem)) {
    const auto is_it = [&](const TreeKey& key) { return key.index == *index; };
    auto found = search_archives(run, archives_with(*manifest, *index), is_it, problem);
    if (!found || found->tree) return found;
  }
  const auto is_it = [&](const TreeKey& key) { return key.id == problem; };
  return search_archives(run, archive::all_trees(*manifest), is_it, problem);
}

}  // namespace viltree::inspect
