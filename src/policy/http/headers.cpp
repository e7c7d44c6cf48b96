#include <viltree/core/text.hpp>
#include <viltree/http/headers.hpp>

#include <algorithm>
#include <array>

namespace viltree::http {

namespace {

/// Written by us or by libcurl, or for one connection alone.
constexpr std::array<std::string_view, 16> kOurHeaders = {
    "accept",         "accept-encoding",     "connection",       "content-encoding",
    "content-length", "content-type",        "expect",           "host",
    "keep-alive",     "proxy-authorization", "proxy-connection", "te",
    "trailer",        "transfer-encoding",   "upgrade",          "via"};

/// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  const auto may_have = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), may_have);
}

}  // namespace

std::optional<std::string> why_not_header(std::string_view name) {
  if (!is_token(name)) return "is not the name of a header (letters, digits and -)";
  const std::string lower = core::ascii_lower(name);
  if (std::find(kOurHeaders.begin(), kOurHeaders.end(), lower) == kOurHeaders.end()) return std::nullopt;
  return "is written by viltree itself: take it out";
}

}  // namespace viltree::http
