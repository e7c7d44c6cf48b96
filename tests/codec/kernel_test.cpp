#include <viltree/codec/codec.hpp>
#include <viltree/core/random.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

search::FittedKernel random_kernel(std::uint64_t seed) {
  core::Random random(seed);
  search::FittedKernel fitted;
  fitted.trees = 1 + seed;
  fitted.rounds = 7;
  fitted.log_likelihood_before = -10 * random.uniform();
  fitted.log_likelihood_after = fitted.log_likelihood_before / 3;
  for (auto& table : search::tables(fitted.kernel)) {
    for (auto& row : table.rows) {
      double sum = 0;
      for (double& share : row) sum += share = random.uniform();
      for (double& share : row) share /= sum;
    }
  }
  fitted.kernel.ending = random.uniform() - 0.5;
  return fitted;
}

/// What decoding says of the text with `from` replaced.
std::string complaint(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const auto decoded = codec::decode_kernel(text);
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().kind == core::ErrorKind::kCorruption);
  return decoded.error().message;
}

bool has(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("kernel: reads back as the same numbers, to the last digit") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const search::FittedKernel fitted = random_kernel(seed);
    const auto decoded = codec::decode_kernel(codec::encode_kernel(fitted) + "\n");
    REQUIRE(decoded.has_value());
    CHECK(*decoded == fitted);
  }
  const auto built_in = codec::decode_kernel(codec::encode_kernel({}));
  CHECK(built_in->built_in());
  CHECK(built_in->kernel == search::built_in_kernel());
}

TEST_CASE("kernel: what is none is refused, and the message names the field") {
  const std::string text = codec::encode_kernel(random_kernel(3));
  CHECK(has(complaint(text, "\"version\":1", "\"version\":2"), "version 2"));
  CHECK(has(complaint(text, "\"trees\":4", "\"trees\":-4"), "trees"));
  CHECK(has(complaint(text, "\"trees\":4", "\"trees\":0"), "origin"));
  CHECK(has(complaint(text, "\"rounds\":7,", ""), "rounds"));
  CHECK(has(complaint(text, "\"log_likelihood_after\":", "\"log_likelihood_after\":null,\"x\":"),
            "log_likelihood_after"));
  CHECK(has(complaint(text, "\"prior\":[[", "\"prior\":[[0.5,"), "has a row without"));
  CHECK(has(complaint(text, "\"prior\":[[", "\"prior\":[[],["), "does not have 1 rows"));
  CHECK(has(complaint(text, "\"types\":[[", "\"types\":[[1"), "types"));
  CHECK(has(complaint(text, "\"types\":[[", "\"types\":[[-"), "no number from 0 to 1"));
  CHECK(has(complaint(text, "\"types\":[[",
                      "\"types\":[["
                      "\"a\","),
            "types"));
  CHECK(has(complaint(text, "\"ending\":", "\"ending\":9,\"x\":"), "ending"));
  CHECK(has(complaint(text, "\"ending\":", "\"x\":"), "ending"));
  CHECK_FALSE(codec::decode_kernel("{}").has_value());
  CHECK_FALSE(codec::decode_kernel("[1]").has_value());
  CHECK_FALSE(codec::decode_kernel("").has_value());
  CHECK_FALSE(codec::decode_kernel(std::string_view(text).substr(0, text.size() / 2)).has_value());
}
