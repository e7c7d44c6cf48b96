#include "image_shelf.hpp"

#include "samples.hpp"
#include "service_fixture.hpp"
#include "temporary_folder.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;
using Json = nlohmann::json;

namespace {

Json image_part(const std::string& url) {
  return {{"type", "image_url"}, {"image_url", {{"url", url}}}};
}

Json with_image(const domain::Problem& problem, const Json& part) {
  Json body = chat_body(problem, "", 1, 5);
  body["messages"][0]["content"][0] = part;
  return body;
}

std::string good_text_of(const HttpReply& reply) {
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return Json::parse(reply.body)["choices"][0]["message"]["content"].get<std::string>();
}

}  // namespace

TEST_CASE("images: a uuid stands for the bytes that came with it before") {
  const auto service = open_dialect("vllm");
  const auto problem = make_problem(kSeed, 3);
  const std::string expected = good_text_of(post_chat(*service, chat_body(problem, "", 1, 5)));
  Json part = with(image_part(data_url(*problem.images[0].bytes)), "uuid", "a-1");
  Json known = {{"type", "image_url"}, {"image_url", nullptr}, {"uuid", "a-1"}};
  const auto unknown = post_chat(*service, with_image(problem, known));
  CHECK(unknown.status == 400);
  CHECK(unknown.body.find("a-1") != std::string::npos);
  CHECK(good_text_of(post_chat(*service, with_image(problem, part))) == expected);
  CHECK(good_text_of(post_chat(*service, with_image(problem, known))) == expected);
  CHECK(post_chat(*open_dialect("sglang"), with_image(problem, part)).status == 200);
  CHECK(post_chat(*open_dialect("sglang"), with_image(problem, known)).status == 400);
}

TEST_CASE("images: of those known by a uuid the latest are kept") {
  ImageShelf shelf("");
  const std::string url = data_url("not a picture, but bytes");
  const auto known = [&shelf](std::size_t i) {
    const Json part = {{"type", "image_url"}, {"image_url", nullptr}, {"uuid", std::to_string(i)}};
    const Json nothing = Json::object();
    Members members(nothing);
    return shelf.take(part, true, members).has_value();
  };
  const Json nothing = Json::object();
  Members members(nothing);
  for (std::size_t i = 0; i <= ImageShelf::kMostRemembered; ++i) {
    CHECK(shelf.take(with(image_part(url), "uuid", std::to_string(i)), true, members));
  }
  CHECK_FALSE(known(0));
  CHECK(known(1));
  CHECK(known(ImageShelf::kMostRemembered));
  CHECK_FALSE(members.error());
}

TEST_CASE("images: files are served below the media path and nowhere else") {
  const TemporaryFolder folder;
  const auto problem = make_problem(kSeed, 3);
  const std::filesystem::path root(folder.file("media"));
  std::filesystem::create_directories(root / "in side");
  std::ofstream(root / "in side" / "a.png", std::ios::binary) << *problem.images[0].bytes;
  std::ofstream(folder.file("outside.png"), std::ios::binary) << *problem.images[0].bytes;
  std::filesystem::create_symlink(folder.file("outside.png"), root / "link.png");
  ServerOptions options;
  options.media_path = root.string();
  const auto service = open_service(options);
  const std::string expected = good_text_of(post_chat(*service, chat_body(problem, "", 1, 5)));
  const auto ask = [&](const std::string& path) {
    return post_chat(*service, with_image(problem, image_part("file://" + path)));
  };
  CHECK(good_text_of(ask(root.string() + "/in%20side/a.png")) == expected);
  CHECK(good_text_of(ask("localhost" + root.string() + "/in side/../in side/a.png")) == expected);
  for (const std::string& path :
       {folder.file("outside.png"), root.string() + "/../outside.png", root.string() + "/link.png",
        root.string() + "/none.png", root.string(), root.string() + "/in side", std::string("%00"),
        std::string(), root.string() + "-else/a.png"}) {
    CAPTURE(path);
    CHECK(ask(path).status == 400);
  }
  const auto closed = open_dialect("vllm");
  CHECK(post_chat(*closed, with_image(problem, image_part("file://" + root.string() + "/in%20side/a.png")))
            .status == 400);
  options.media_path = folder.file("outside.png");
  CHECK_FALSE(ChatService::open(options));
}
