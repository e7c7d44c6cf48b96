#pragma once

#include "members.hpp"

#include <viltree/core/mutex.hpp>
#include <viltree/json/value.hpp>

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace viltree::simulated {

/// The bytes of an image file, and their name.
struct Picture {
  std::shared_ptr<const std::string> bytes;
  std::uint64_t hash = 0;  ///< XXH3 of the bytes
};

/// Where images come from: data URLs; files below one folder; and, by their uuid, images of earlier requests,
/// of which the latest kMostRemembered are kept. Thread-safe.
class ImageShelf {
 public:
  static constexpr std::size_t kMostRemembered = 4096;

  /// Files are served below `media_path`; empty: none are.
  explicit ImageShelf(const std::string& media_path);

  /// An `image_url` part of a message; none (and a mistake in `members`) where it names no image that may be
  /// had. `uuids`: the dialect knows that key.
  [[nodiscard]] std::optional<Picture> take(const json::Value& part, bool uuids, Members& members);

  /// A data URL alone.
  [[nodiscard]] static std::optional<Picture> from_data_url(std::string_view url, Members& members);

 private:
  [[nodiscard]] std::optional<Picture> fetch(const std::string& url, Members& members) const;
  [[nodiscard]] std::optional<Picture> from_file(std::string_view url, Members& members) const;
  void remember(const std::string& uuid, const Picture& picture);
  [[nodiscard]] std::optional<Picture> remembered(const std::string& uuid, Members& members);

  std::filesystem::path media_path_;
  core::Mutex mutex_;
  std::unordered_map<std::string, Picture> by_uuid_ VILTREE_GUARDED_BY(mutex_);
  std::deque<std::string> uuids_ VILTREE_GUARDED_BY(mutex_);  ///< of by_uuid_, the oldest first
};

}  // namespace viltree::simulated
