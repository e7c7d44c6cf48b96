#include "image_shelf.hpp"

#include "png.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

namespace limits = core::limits;
using Json = nlohmann::json;

constexpr std::string_view kFileScheme = "file://";

/// With the limits checked.
std::optional<Picture> checked(std::string bytes, Members& members) {
  const auto size = picture_size(bytes);
  if (bytes.size() > limits::kImageBytes) {
    members.fail("an image has more than " + std::to_string(limits::kImageBytes) + " bytes");
  } else if (size && std::uint64_t{size->width} * size->height > limits::kImagePixels) {
    members.fail("an image has more than " + std::to_string(limits::kImagePixels) + " pixels");
  } else {
    const std::uint64_t hash = core::hash64(bytes);
    return Picture{std::make_shared<const std::string>(std::move(bytes)), hash};
  }
  return std::nullopt;
}

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

bool lies_below(const std::filesystem::path& file, const std::filesystem::path& folder) {
  auto [end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end() && rest != file.end();
}

}  // namespace

ImageShelf::ImageShelf(const std::string& media_path) {
  std::error_code error;
  if (!media_path.empty()) media_path_ = std::filesystem::canonical(media_path, error);
}

std::optional<Picture> ImageShelf::take(const Json& part, bool uuids, Members& members) {
  const auto uuid_entry = part.find("uuid");
  const bool named = uuids && uuid_entry != part.end() && uuid_entry->is_string();
  const std::string uuid = named ? uuid_entry->get<std::string>() : std::string();
  const auto image = part.find("image_url");
  if (named && (image == part.end() || image->is_null())) return remembered(uuid, members);
  const bool object = image != part.end() && image->is_object();
  const auto url = object ? image->find("url") : part.end();
  if (!object || url == image->end() || !url->is_string()) {
    members.fail("`image_url` must have a string `url`");
    return std::nullopt;
  }
  auto picture = fetch(url->get_ref<const std::string&>(), members);
  if (picture && named) remember(uuid, *picture);
  return picture;
}

void ImageShelf::remember(const std::string& uuid, const Picture& picture) {
  const core::Lock lock(mutex_);
  if (by_uuid_.insert_or_assign(uuid, picture).second) uuids_.push_back(uuid);
  if (uuids_.size() <= kMostRemembered) return;
  by_uuid_.erase(uuids_.front());
  uuids_.pop_front();
}

std::optional<Picture> ImageShelf::remembered(const std::string& uuid, Members& members) {
  const core::Lock lock(mutex_);
  const auto found = by_uuid_.find(uuid);
  if (found != by_uuid_.end()) return found->second;
  members.fail("no image is known by the uuid \"" + uuid + "\"; send its `image_url` again");
  return std::nullopt;
}

std::optional<Picture> ImageShelf::fetch(const std::string& url, Members& members) const {
  return url.starts_with(kFileScheme) ? from_file(url, members) : from_data_url(url, members);
}

std::optional<Picture> ImageShelf::from_data_url(std::string_view url, Members& members) {
  constexpr std::string_view kMark = ";base64,";
  const auto mark = url.find(kMark);
  if (url.substr(0, 5) != "data:" || mark == std::string_view::npos) {
    members.fail("images must be data URLs with base64 content; others are not fetched");
    return std::nullopt;
  }
  const auto content = url.substr(mark + kMark.size());
  std::string bytes;
  if (content.size() / 4 * 3 > limits::kImageBytes) {
    members.fail("an image has more than " + std::to_string(limits::kImageBytes) + " bytes");
  } else if (!core::base64_decode(content, bytes)) {
    members.fail("an image's data URL is not base64");
  } else {
    return checked(std::move(bytes), members);
  }
  return std::nullopt;
}

std::optional<Picture> ImageShelf::from_file(std::string_view url, Members& members) const {
  const auto refuse = [&members](const std::string& why) {
    members.fail("cannot load a local file: " + why);
    return std::nullopt;
  };
  if (media_path_.empty()) return refuse("no --allowed-media-path is set");
  std::string_view path = url.substr(kFileScheme.size());
  if (path.starts_with("localhost/")) path.remove_prefix(std::string_view("localhost").size());
  std::error_code error;
  const auto file = std::filesystem::canonical(percent_decoded(path), error);
  if (error || !lies_below(file, media_path_)) {
    return refuse("it must lie below the --allowed-media-path");
  }
  if (!std::filesystem::is_regular_file(file, error)) return refuse("it is no regular file");
  if (std::filesystem::file_size(file, error) > limits::kImageBytes || error)
    return refuse("it is too large");
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return refuse("it cannot be read");
  return checked(std::move(bytes), members);
}

}  // namespace viltree::simulated
