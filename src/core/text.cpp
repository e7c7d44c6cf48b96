#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include <openssl/evp.h>

namespace viltree::core {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the well-formed UTF-8 sequence at `at`, or 0; its code point goes to `code`.
std::size_t sequence_length(std::string_view text, std::size_t at, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  if (lead < 0x80U) {
    code = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
  if (lead < 0xC2U || lead > 0xF4U || at + length > text.size()) return 0;
  code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(at + i) & 0x3FU);
  }
  static constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800U && code <= 0xDFFFU;
  return code >= kLeast[length] && code <= 0x10FFFFU && !surrogate ? length : 0;
}

/// The end of the whole ASCII words from `at` on: most text is nothing else.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  std::uint64_t bytes = 0;
  for (; at + sizeof(bytes) <= text.size(); at += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    if ((bytes & 0x8080808080808080ULL) != 0) break;
  }
  return at;
}

bool is_hidden(std::uint32_t code) {
  const bool control = (code < 0x20U && code != '\n' && code != '\t') || (code >= 0x7FU && code < 0xA0U);
  const bool bidi = (code >= 0x202AU && code <= 0x202EU) || (code >= 0x2066U && code <= 0x2069U) ||
                    code == 0x200EU || code == 0x200FU || code == 0x061CU;
  const bool line = code == 0x2028U || code == 0x2029U || code == 0xFEFFU;
  return control || bidi || line;
}

}  // namespace

bool is_utf8(std::string_view text) {
  std::uint32_t code = 0;
  for (std::size_t at = skip_ascii(text, 0); at < text.size();) {
    const std::size_t length = sequence_length(text, at, code);
    if (length == 0) return false;
    at = length == 1 ? at + 1 : skip_ascii(text, at + length);
  }
  return true;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::uint32_t code = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at, code);
    out += length == 0 ? kReplacement : text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::uint32_t code = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at, code);
    if (length == 0) {
      out += kReplacement;
    } else if (is_hidden(code)) {
      std::array<char, 16> escaped{};
      std::snprintf(escaped.data(), escaped.size(), code < 0x100U ? "\\x%02X" : "\\u{%04X}", code);
      out += escaped.data();
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string base64_encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

bool base64_decode(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  out.assign(text.size() / 4 * 3, '\0');
  if (text.empty()) return true;
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(size) - padding);
  return true;
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string fill(std::string_view pattern, std::span<const Filling> fillings) {
  std::string text;
  while (!pattern.empty()) {
    const auto filling = std::find_if(fillings.begin(), fillings.end(),
                                      [&](const Filling& one) { return pattern.starts_with(one.mark); });
    if (filling == fillings.end()) {
      text += pattern.front();
      pattern.remove_prefix(1);
    } else {
      text += filling->text;
      pattern.remove_prefix(filling->mark.size());
    }
  }
  return text;
}

std::string with_thousands(unsigned long long number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(unsigned long long number, const std::string& noun) {
  return with_thousands(number) + ' ' + noun + (number == 1 ? "" : "s");
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace viltree::core
