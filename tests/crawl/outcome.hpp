#pragma once

#include "support.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/storage/file_system.hpp>
#include <viltree/storage/journal.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace viltree::crawl::test {

/// Everything that a trainer would read, by file name, and the kernel.
inline std::map<std::string, std::string> delivered(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  if (const auto kernel = folder / "kernel.json"; std::filesystem::exists(kernel))
    files["kernel.json"] = *storage::read_file(storage::real_file_system(), kernel, 1U << 20U);
  for (const char* part : {"shards", "trees"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / part)) {
      files[entry.path().filename().string()] =
          *storage::read_file(storage::real_file_system(), entry.path(), 1U << 30U);
    }
  }
  return files;
}

/// What an undisturbed crawl delivers.
inline const std::map<std::string, std::string>& undisturbed() {
  static const std::map<std::string, std::string> kFiles = [] {
    const TemporaryFolder folder;
    Session session(folder.path());
    (void)session.go();
    return delivered(folder.path());
  }();
  return kFiles;
}

inline storage::Manifest manifest_of(const Session& session) {
  return **storage::load_manifest(session.run.file_system(), session.run.manifest());
}

/// Questions that were asked in both sessions.
inline std::size_t asked_twice(const FakePolicy& first, const FakePolicy& second) {
  std::vector<FakePolicy::Asked> all = first.asked;
  all.insert(all.end(), second.asked.begin(), second.asked.end());
  std::sort(all.begin(), all.end());
  return static_cast<std::size_t>(all.end() - std::unique(all.begin(), all.end()));
}

inline core::ExitCode exit_of(Session& session) {
  try {
    (void)session.go();
  } catch (const core::FatalError& error) {
    session.notes.lines.emplace_back(error.what());
    return error.code();
  }
  return core::ExitCode::kDone;
}

/// Answers in the journal.
inline std::size_t journaled(const Session& session) {
  std::size_t count = 0;
  const auto on_record = [&](std::string_view, std::uint64_t) -> core::Status {
    ++count;
    return {};
  };
  REQUIRE(storage::read_journal(session.run.file_system(), session.run.journal(), 0, on_record).has_value());
  return count;
}

}  // namespace viltree::crawl::test
