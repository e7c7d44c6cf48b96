#pragma once

#include "fuzz.hpp"

#include <string>
#include <string_view>

namespace viltree::fuzz {

/// Damages `bytes` as the input says, four bytes of it an edit: a place (two bytes), what is done, how much.
/// So a fuzzer comes behind checksums, which it could hardly guess.
inline void edit(std::string& bytes, std::string_view script) {
  while (script.size() >= 4 && !bytes.empty()) {
    std::size_t at = take_byte(script);
    at = (at << 8U | take_byte(script)) % bytes.size();
    const std::uint8_t what = take_byte(script);
    const std::uint8_t how_much = take_byte(script);
    switch (what % 6) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (how_much % 8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(how_much);
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.erase(at, how_much);
        break;
      case 4:
        bytes.insert(at, how_much, '\0');
        break;
      default:
        bytes.insert(at, bytes.substr(bytes.size() * how_much / 256, 200));
    }
  }
}

}  // namespace viltree::fuzz
