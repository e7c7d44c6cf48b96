#include "scene.hpp"

#include "area_scene.hpp"
#include "bar_scene.hpp"
#include "count_scene.hpp"
#include "png.hpp"
#include "route_scene.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <charconv>
#include <optional>

namespace viltree::simulated {

namespace {

constexpr std::uint64_t kVersion = 1;

/// Takes a number and the blank after it, if any, off the front of the text.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return value;
}

}  // namespace

std::unique_ptr<Scene> make_scene(std::uint64_t seed, std::uint64_t index) {
  core::Random random(core::mix64(seed, index));
  switch (index % 4) {
    case 0:
      return std::make_unique<CountScene>(random);
    case 1:
      return std::make_unique<BarScene>(random);
    case 2:
      return std::make_unique<AreaScene>(random);
    default:
      return std::make_unique<RouteScene>(random);
  }
}

std::string scene_mark(std::uint64_t seed, std::uint64_t index) {
  return std::to_string(kVersion) + ' ' + std::to_string(seed) + ' ' + std::to_string(index);
}

std::unique_ptr<Scene> scene_in(std::string_view image) {
  const auto mark = text_chunk(image, kSceneKeyword);
  if (!mark) return nullptr;
  std::string_view rest = *mark;
  if (take_number(rest) != kVersion) return nullptr;
  const auto seed = take_number(rest);
  const auto index = take_number(rest);
  if (!seed || !index || !rest.empty()) return nullptr;
  return make_scene(*seed, *index);
}

}  // namespace viltree::simulated
