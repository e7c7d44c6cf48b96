#include "deflate.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <zlib.h>

namespace viltree::simulated {

namespace {

constexpr std::size_t kShortestMatch = 3;
constexpr std::size_t kLongestMatch = 258;
constexpr unsigned kEndOfBlock = 256;
constexpr unsigned kFirstLengthCode = 257;

struct LengthCode {
  std::uint16_t base;
  std::uint8_t extra_bits;
};

/// RFC 1951, section 3.2.5.
constexpr std::array<LengthCode, 29> kLengthCodes = {
    {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
     {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
     {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// Lowest bit first, as numbers are stored.
  void number(unsigned value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i) bit(value >> i & 1U);
  }

  /// Highest bit first, as codes are stored.
  void code(unsigned value, unsigned bits) {
    for (unsigned i = bits; i-- > 0;) bit(value >> i & 1U);
  }

  void finish() {
    while (used_ != 0) bit(0);
  }

 private:
  void bit(unsigned value) {
    byte_ |= value << used_;
    if (++used_ < 8) return;
    out_ += static_cast<char>(byte_);
    byte_ = 0;
    used_ = 0;
  }

  std::string& out_;
  unsigned byte_ = 0;
  unsigned used_ = 0;
};

/// RFC 1951, section 3.2.6.
void write_symbol(BitWriter& bits, unsigned symbol) {
  if (symbol < 144) return bits.code(0x30 + symbol, 8);
  if (symbol < 256) return bits.code(0x190 + symbol - 144, 9);
  if (symbol < 280) return bits.code(symbol - 256, 7);
  bits.code(0xC0 + symbol - 280, 8);
}

/// `length` more times the byte just written.
void write_repeat(BitWriter& bits, std::size_t length) {
  unsigned index = kLengthCodes.size() - 1;
  while (kLengthCodes[index].base > length) --index;
  write_symbol(bits, kFirstLengthCode + index);
  bits.number(static_cast<unsigned>(length) - kLengthCodes[index].base, kLengthCodes[index].extra_bits);
  bits.code(0, 5);
}

}  // namespace

std::string zlib_runs(std::string_view data) {
  std::string out = "\x78\x01";
  BitWriter bits(out);
  bits.number(1, 1);
  bits.number(1, 2);
  for (std::size_t at = 0; at < data.size();) {
    const std::size_t end = std::min(data.find_first_not_of(data[at], at), data.size());
    write_symbol(bits, static_cast<unsigned char>(data[at++]));
    while (end - at >= kShortestMatch) {
      const std::size_t length = std::min(end - at, kLongestMatch);
      write_repeat(bits, length);
      at += length;
    }
  }
  write_symbol(bits, kEndOfBlock);
  bits.finish();
  const auto sum = static_cast<std::uint32_t>(
      adler32(1, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
  for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>(sum >> (shift - 8) & 0xFFU);
  return out;
}

}  // namespace viltree::simulated
