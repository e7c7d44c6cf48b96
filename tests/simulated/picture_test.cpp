#include "area_scene.hpp"
#include "bar_scene.hpp"
#include "canvas.hpp"
#include "count_scene.hpp"
#include "png.hpp"
#include "route_scene.hpp"
#include "samples.hpp"
#include "scene.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>
#include <viltree/simulated/problem.hpp>

#include <cstring>
#include <functional>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <png.h>

using namespace viltree;
using namespace viltree::simulated;

namespace {

struct Pixels {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<png_byte> rgb;
};

Pixels decode(const std::string& file) {
  png_image image;
  std::memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&image, file.data(), file.size()) != 0);
  image.format = PNG_FORMAT_RGB;
  Pixels pixels{image.width, image.height, std::vector<png_byte>(PNG_IMAGE_SIZE(image))};
  REQUIRE(png_image_finish_read(&image, nullptr, pixels.rgb.data(), 0, nullptr) != 0);
  return pixels;
}

int pixels_of(const Canvas& canvas, Colour colour) {
  int count = 0;
  for (int y = 0; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) count += canvas.at({x, y}) == colour ? 1 : 0;
  }
  return count;
}

template <class Kind>
void for_scenes(std::uint64_t first, const std::function<void(const Kind&)>& check) {
  for (std::uint64_t i = first; i < 400; i += 4) {
    const auto scene = make_scene(kSeed, i);
    const auto* kind = dynamic_cast<const Kind*>(scene.get());
    REQUIRE(kind != nullptr);
    CAPTURE(i);
    check(*kind);
  }
}

}  // namespace

TEST_CASE("picture: a PNG library decodes every picture to the pixels that were drawn") {
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Canvas canvas = make_scene(kSeed, i)->draw();
    const auto problem = make_problem(kSeed, i);
    const Pixels pixels = decode(*problem.images.at(0).bytes);
    REQUIRE(pixels.width == problem.images[0].width);
    REQUIRE(pixels.height == problem.images[0].height);
    REQUIRE(static_cast<int>(pixels.width) == canvas.width());
    bool same = true;
    for (std::size_t at = 0; at < pixels.rgb.size() / 3; ++at) {
      const auto x = static_cast<int>(at % pixels.width);
      const auto y = static_cast<int>(at / pixels.width);
      const Rgb expected = palette()[static_cast<std::size_t>(canvas.at({x, y}))];
      same = same && pixels.rgb[3 * at] == expected.red && pixels.rgb[3 * at + 1] == expected.green &&
             pixels.rgb[3 * at + 2] == expected.blue;
    }
    CHECK(same);
  }
}

TEST_CASE("picture: the text chunk reads back, and a damaged file is no scene") {
  const auto problem = make_problem(kSeed, 5);
  const std::string& file = *problem.images[0].bytes;
  CHECK(text_chunk(file, kSceneKeyword) == scene_mark(kSeed, 5));
  CHECK_FALSE(text_chunk(file, "other"));
  CHECK(scene_in(file)->question() == problem.question);
  for (std::size_t size = 0; size < 104; ++size) CHECK(scene_in(file.substr(0, size)) == nullptr);
  for (const std::string mark : {"", "1", "1 2", "2 1 1", "1 2 3 4", "1 -2 3", "1 99999999999999999999 1"}) {
    CHECK(scene_in(encode_png(Canvas(1, 1), kSceneKeyword, mark)) == nullptr);
  }
}

TEST_CASE("problem: the same two numbers give the same words and pixels on every machine") {
  std::string all;
  for (std::uint64_t i = 0; i < 8; ++i) {
    const auto problem = make_problem(1, i);
    CHECK(problem.images[0].sha256 == core::sha256_hex(*problem.images[0].bytes));
    const Pixels pixels = decode(*problem.images[0].bytes);
    all += problem.id + problem.question + problem.answer + problem.split;
    all.append(pixels.rgb.begin(), pixels.rgb.end());
  }
  CHECK(core::sha256_hex(all) == "de884a27a6fe7d1082eb213a2839c4ac668eed4fe09b8bbc3c1dcfe70ed5828f");
}

TEST_CASE("problem: ids are unique and name the family, and pictures are small") {
  std::set<std::string> ids;
  std::map<std::string, int> families;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto problem = make_problem(kSeed, i);
    ids.insert(problem.id);
    ++families[problem.id.substr(5, problem.id.rfind('-') - 5)];
    CHECK(problem.images[0].bytes->size() < 10'000);
    CHECK(std::max(problem.images[0].width, problem.images[0].height) <= 400);
    CHECK((problem.answer_kind == domain::AnswerKind::kChoice) == (problem.choices.size() == 4));
  }
  CHECK(ids.size() == 200);
  CHECK(ids.count("demo-count-000012") == 1);
  CHECK(families == std::map<std::string, int>{{"area", 50}, {"bars", 50}, {"count", 50}, {"route", 50}});
}

TEST_CASE("count: the answer is the number of figures like the target") {
  for_scenes<CountScene>(0, [](const CountScene& scene) {
    int count = 0;
    for (const auto& row : scene.rows()) {
      for (const auto& figure : row) {
        count += figure.colour == scene.target().colour && figure.shape == scene.target().shape ? 1 : 0;
      }
    }
    CHECK(scene.answer() == std::to_string(count));
  });
}

TEST_CASE("bars: the right option is what the picture's bars give") {
  for_scenes<BarScene>(1, [](const BarScene& scene) {
    const Canvas canvas = scene.draw();
    int result = 0;
    int x = 36 + 12 + 12;
    for (const auto& bar : scene.bars()) {
      int filled = 0;
      for (int y = 0; y < 12 + 20 * 11; ++y) {
        const Colour colour = canvas.at({x, y});
        const bool line = colour == Colour::kGrey || colour == Colour::kLightGrey || colour == Colour::kWhite;
        filled += line ? 0 : 1;
      }
      result += bar.sign * filled / 11;
      x += 40;
    }
    CHECK(scene.choices().at(static_cast<std::size_t>(scene.answer().at(0) - 'A')) == std::to_string(result));
  });
}

TEST_CASE("area: the answer is the number of blue squares in the picture times a square's area") {
  for_scenes<AreaScene>(2, [](const AreaScene& scene) {
    const int squares = (pixels_of(scene.draw(), Colour::kBlue) + 200) / (21 * 21);
    int counted = 0;
    for (const auto& strip : scene.strips()) counted += strip.width() * strip.height;
    CHECK(squares == counted);
    CHECK(scene.answer() == std::to_string(counted * scene.side() * scene.side()));
  });
}

TEST_CASE("route: the answer is the sum of the roads between the route's towns") {
  for_scenes<RouteScene>(3, [](const RouteScene& scene) {
    int length = 0;
    const auto& towns = scene.route();
    for (std::size_t i = 0; i + 1 < towns.size(); ++i) {
      for (const auto& road : scene.roads()) {
        const bool there = road.from == towns[i] && road.to == towns[i + 1];
        const bool back = road.to == towns[i] && road.from == towns[i + 1];
        if (there || back) length += road.length;
      }
    }
    CHECK(std::set<std::size_t>(towns.begin(), towns.end()).size() == towns.size());
    CHECK(scene.answer() == std::to_string(scene.there_and_back() ? 2 * length : length));
  });
}
