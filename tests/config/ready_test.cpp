#include <viltree/config/config.hpp>

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;

namespace {
const std::filesystem::path kFolder = VILTREE_CONFIGS;
}

TEST_CASE("ready configurations: every one loads, and prints to one that loads") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path().string());
    const auto config = config::load(entry.path().string());
    REQUIRE_MESSAGE(config.has_value(), config.error().message);
    const auto again = config::parse(config::to_yaml(*config), "printed.yaml");
    REQUIRE_MESSAGE(again.has_value(), again.error().message);
    CHECK(config::diff(*config, *again).empty());
    ++count;
  }
  CHECK(count >= 4);
}

TEST_CASE("ready configurations: the demo needs no network and no data, and is cut into several shards") {
  const auto demo = config::load((kFolder / "demo.yaml").string());
  REQUIRE(demo.has_value());
  CHECK(demo->dataset.kind == "demo");
  CHECK(demo->policy.kind == config::PolicyKind::kSimulated);
  CHECK(demo->dataset.limit > 2 * demo->crawl.unit_size);
}

TEST_CASE("ready configurations: the data sets' files and fields are those that are published") {
  const auto gsm8k = config::load((kFolder / "gsm8k.yaml").string());
  REQUIRE(gsm8k.has_value());
  CHECK(gsm8k->dataset.answer_after == "####");
  CHECK(std::filesystem::path(gsm8k->dataset.path).filename() == "test.jsonl");
  const auto vision = config::load((kFolder / "mathvision.yaml").string());
  REQUIRE(vision.has_value());
  CHECK(vision->dataset.fields.choices == "options");
  CHECK(vision->dataset.fields.images == "image");
  CHECK(std::filesystem::path(vision->dataset.path).parent_path() == vision->dataset.root);
}
