#include "backoff.hpp"
#include "body.hpp"
#include "transport_error.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace viltree::http;

namespace {

std::string read_all(BodyReader& reader, std::size_t room) {
  std::string all;
  std::array<char, 16> buffer{};
  while (const std::size_t count = reader.read(buffer.data(), room)) all.append(buffer.data(), count);
  return all;
}

}  // namespace

TEST_CASE("http body: segments read as one text, with any room, from any place") {
  Body body;
  for (const char* piece : {"", "abc", "", "", "defgh", "i", ""}) body.append(make_segment(piece));
  const std::string whole = "abcdefghi";
  REQUIRE(body.size() == whole.size());
  BodyReader reader(body);
  for (std::size_t room = 1; room <= 16; ++room) {
    for (std::size_t from = 0; from <= whole.size(); ++from) {
      REQUIRE(reader.seek(from));
      CHECK(read_all(reader, room) == whole.substr(from));
    }
  }
  CHECK_FALSE(reader.seek(whole.size() + 1));
}

TEST_CASE("http body: requests share their segments") {
  const Segment image = make_segment(std::string(1000, 'x'));
  Body first;
  first.append(image);
  const Body second = first;
  CHECK(second.segments().front().get() == image.get());
}

TEST_CASE("http transport: libcurl's codes fall into the kinds that callers decide on") {
  CHECK(transport_error_kind(CURLE_COULDNT_CONNECT) == TransportErrorKind::kUnreachable);
  CHECK(transport_error_kind(CURLE_PEER_FAILED_VERIFICATION) == TransportErrorKind::kUntrusted);
  CHECK(transport_error_kind(CURLE_PARTIAL_FILE) == TransportErrorKind::kBroken);
  CHECK(transport_error_kind(CURLE_OPERATION_TIMEDOUT) == TransportErrorKind::kTimeout);
  CHECK(transport_error_kind(CURLE_WRITE_ERROR) == TransportErrorKind::kTooLarge);
  CHECK(transport_error_kind(CURLE_BAD_FUNCTION_ARGUMENT) == TransportErrorKind::kOther);
}

TEST_CASE("http backoff: waits double up to the cap, and any time below may be drawn") {
  using std::chrono::milliseconds;
  const Backoff backoff{milliseconds(100), milliseconds(1000)};
  const auto most = [&](std::uint32_t attempt) { return backoff_wait(backoff, attempt, {}, 0.9999999); };
  CHECK(most(1) == milliseconds(99));
  CHECK(most(2) == milliseconds(199));
  CHECK(most(3) == milliseconds(399));
  CHECK(most(5) == milliseconds(999));
  CHECK(most(4'000'000'000) == milliseconds(999));
  CHECK(backoff_wait(backoff, 5, {}, 0) == milliseconds(0));
}

TEST_CASE("http backoff: nobody comes before the time that the server asks for") {
  using std::chrono::milliseconds;
  const Backoff backoff{milliseconds(100), milliseconds(1000)};
  CHECK(backoff_wait(backoff, 9, milliseconds(7000), 0) == milliseconds(7000));
  CHECK(backoff_wait(backoff, 9, milliseconds(7000), 0.9999999) == milliseconds(7099));
}
