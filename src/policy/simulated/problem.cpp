
#include "png.hpp"
#include "scene.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/simulated/problem.hpp>

namespace viltree::simulated {

namespace {

domain::Image make_image(const Scene& scene, std::uint64_t seed, std::uint64_t index) {
  const Canvas canvas = scene.draw();
  auto bytes = std::make_shared<std::string>(encode_png(canvas, kSceneKeyword, scene_mark(seed, index)));
  domain::Image image;
  image.sha256 = core::sha256_hex(*bytes);
  image.media_type = "image/png";
  image.width = static_cast<std::uint32_t>(canvas.width());
  image.height = static_cast<std::uint32_t>(canvas.height());
  image.bytes = std::move(bytes);
  return image;
}

std::string make_id(const Scene& scene, std::uint64_t index) {
  std::string digits = std::to_string(index);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return "demo-" + std::string(scene.family()) + '-' + digits;
}

}  // namespace

domain::Problem make_problem(std::uint64_t seed, std::uint64_t index) {
  const auto scene = make_scene(seed, index);
  domain::Problem problem;
  problem.index = domain::ProblemIndex{index};
  problem.id = make_id(*scene, index);
  problem.question = scene->question();
  problem.images.push_back(make_image(*scene, seed, index));
  problem.answer = scene->answer();
  problem.answer_kind = scene->answer_kind();
  problem.choices = scene->choices();
  problem.source = "viltree-demo";
  problem.split = core::mix64(seed, index) % 10 == 0 ? "test" : "train";
  return problem;
}

}  // namespace viltree::simulated
