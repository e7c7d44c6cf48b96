#include <viltree/core/hash.hpp>

#include <doctest/doctest.h>

using namespace viltree::core;

TEST_CASE("hash: sha-256 of the standard's examples") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("hash: a stream hashed in pieces equals its whole") {
  Sha256 hash;
  hash.update("a");
  hash.update("bc");
  CHECK(hash.hex() == sha256_hex("abc"));
}

TEST_CASE("hash: hex64 keeps leading zeros") {
  CHECK(hex64(0) == "0000000000000000");
  CHECK(hex64(0xABCULL) == "0000000000000abc");
}
