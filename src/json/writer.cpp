#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace viltree::json {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20U || c == '"' || c == '\\';
}

/// Whether one of eight bytes needs an escape; now and then also where none does.
bool may_need_escape(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x80 * kOnes;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  const std::uint64_t controls = (bytes - 0x20 * kOnes) & ~bytes & kHighs;
  return (controls | has_zero(bytes ^ ('"' * kOnes)) | has_zero(bytes ^ ('\\' * kOnes))) != 0;
}

/// The first place from `at` on that needs an escape, or the end. Most text has few: eight bytes at a time.
std::size_t next_escape(std::string_view text, std::size_t at) {
  std::uint64_t bytes = 0;
  for (; at + sizeof(bytes) <= text.size(); at += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    if (may_need_escape(bytes)) break;
  }
  while (at < text.size() && !needs_escape(text[at])) ++at;
  return at;
}

void append_escape(std::string& out, char c) {
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += c;
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      out += "u00";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4U];
      out += kHexDigits[static_cast<unsigned char>(c) & 15U];
  }
}

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t escape = next_escape(text, at);
    out += text.substr(at, escape - at);
    if (escape < text.size()) append_escape(out, text[escape]);
    at = escape + 1;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

void Writer::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

Writer& Writer::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
  return *this;
}

Writer& Writer::close(char bracket) {
  out_ += bracket;
  comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  comma_ = false;
  return *this;
}

void Writer::quote(std::string_view value) {
  separate();
  out_ += '"';
  append_escaped(out_, value);
  out_ += '"';
}

Writer& Writer::text(std::string_view value) {
  if (core::is_utf8(value)) {
    quote(value);
  } else {
    quote(core::repair_utf8(value));
  }
  return *this;
}

Writer& Writer::exact_member(std::string_view name, std::string_view value) {
  if (core::is_utf8(value)) {
    key(name).quote(value);
  } else {
    key(std::string(name) + "_base64").quote(core::base64_encode(value));
  }
  return *this;
}

Writer& Writer::exact_list(std::string_view name, std::span<const std::string> values) {
  const bool plain = std::all_of(values.begin(), values.end(), core::is_utf8);
  key(plain ? std::string(name) : std::string(name) + "_base64").begin_array();
  for (const std::string& value : values) quote(plain ? value : core::base64_encode(value));
  return end_array();
}

Writer& Writer::integer(std::uint64_t value) {
  separate();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
  return *this;
}

template <class Float>
Writer& Writer::write_decimal(Float value) {
  if (!std::isfinite(value)) return null();
  separate();
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const std::string_view number(digits.data(), static_cast<std::size_t>(end - digits.data()));
  const std::size_t mantissa = std::min(number.find('e'), number.size());
  out_ += number.substr(0, mantissa);
  if (number.substr(0, mantissa).find('.') == std::string_view::npos) out_ += ".0";
  out_ += number.substr(mantissa);
  return *this;
}

Writer& Writer::decimal(double value) {
  return write_decimal(value);
}

Writer& Writer::decimal(float value) {
  return write_decimal(value);
}

Writer& Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  separate();
  out_ += "null";
  return *this;
}

}  // namespace viltree::json
