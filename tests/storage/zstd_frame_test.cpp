#include <viltree/core/random.hpp>
#include <viltree/storage/zstd_frame.hpp>

#include <string>

#include <doctest/doctest.h>
#include <zstd.h>

using namespace viltree;
using namespace viltree::storage;
using core::ErrorKind;

namespace {

std::string random_text(std::uint64_t seed, std::size_t size) {
  core::Random random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('a' + random.between(0, 15));
  return text;
}

/// A frame whose header does not say how long its text is.
std::string frame_without_size(const std::string& text) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string frame(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_outBuffer output{frame.data(), frame.size(), 0};
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue);
  ZSTD_compressStream2(context, &output, &input, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  frame.resize(output.pos);
  return frame;
}

ErrorKind kind_of(const core::Result<std::string>& result) {
  REQUIRE(!result);
  return result.error().kind;
}

}  // namespace

TEST_CASE("zstd frame: what is compressed comes back, with size and checksum in the frame") {
  FrameCompressor compressor(3);
  FrameDecompressor decompressor;
  for (const std::size_t size : {0U, 1U, 100U, 70'000U, 3'000'000U}) {
    const std::string text = random_text(size, size);
    const auto frame = compressor.compress(text);
    REQUIRE(frame);
    const auto info = inspect_frame(*frame + "more");
    REQUIRE(info);
    CHECK(info->bytes == frame->size());
    CHECK(info->text_size == size);
    CHECK(info->has_checksum);
    CHECK(decompressor.decompress(*frame) == text);
  }
}

TEST_CASE("zstd frame: the bytes depend on text and level alone") {
  const std::string text = random_text(1, 200'000);
  const std::string first = compress_frame(text, 9).value();
  REQUIRE(compress_frame(random_text(2, 300'000), 9));
  REQUIRE(compress_frame(random_text(3, 1'000), 19));
  CHECK(compress_frame(text, 9).value() == first);
}

TEST_CASE("zstd frame: every flipped bit is detected or changes nothing") {
  const std::string text = random_text(4, 300) + random_text(4, 300);
  const std::string frame = *compress_frame(text, 3);
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto read = decompress_frame(damaged);
    CHECK((!read || *read == text));
  }
}

TEST_CASE("zstd frame: a part of a frame, two frames, and other bytes are refused") {
  const std::string frame = *compress_frame("some text", 3);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    CHECK(!inspect_frame(frame.substr(0, size)));
    CHECK(kind_of(decompress_frame(frame.substr(0, size))) == ErrorKind::kCorruption);
  }
  CHECK(kind_of(decompress_frame(frame + frame)) == ErrorKind::kCorruption);
  CHECK(kind_of(decompress_frame("plain text, long enough for a header")) == ErrorKind::kCorruption);
}

TEST_CASE("zstd frame: a bomb is refused, with and without its size in the header") {
  const std::string zeros(8'000'000, '\0');
  CHECK(kind_of(decompress_frame(*compress_frame(zeros, 3), zeros.size() - 1)) == ErrorKind::kExhausted);
  CHECK(kind_of(decompress_frame(frame_without_size(zeros), zeros.size() - 1)) == ErrorKind::kExhausted);
  CHECK(decompress_frame(frame_without_size(zeros), zeros.size()) == zeros);
}

TEST_CASE("zstd frame: a header that promises more than its bytes can hold takes no memory") {
  using namespace std::string_literals;
  const std::string hollow =
      "\x28\xB5\x2F\xFD"s + "\xE0"s + "\0\0\0\x0C\0\0\0\0"s + "\x01\0\0"s;  // says 192 MiB
  REQUIRE(inspect_frame(hollow));
  CHECK(inspect_frame(hollow)->text_size == 192 * core::limits::kMiB);
  const auto read = decompress_frame(hollow);
  CHECK(kind_of(read) == ErrorKind::kCorruption);
  CHECK(read.error().message.find("more than it can hold") != std::string::npos);
}
