#include "proxy.hpp"

#include "curl_handles.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include <arpa/inet.h>

namespace viltree::http {

namespace {

constexpr std::array<std::string_view, 6> kProxySchemes = {"http",    "https",  "socks4",
                                                           "socks4a", "socks5", "socks5h"};

/// An address in 16 bytes, an IPv4 one as it is mapped; none where the text is a name.
std::optional<std::array<std::uint8_t, 16>> address_of(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

/// "10.0.0.0/8", or one address.
bool is_in_network(const std::array<std::uint8_t, 16>& address, const std::string& network) {
  const std::size_t slash = std::min(network.find('/'), network.size());
  const std::string base = network.substr(0, slash);
  const auto begin = address_of(base);
  if (!begin) return false;
  const unsigned most = base.find(':') == std::string::npos ? 32 : 128;
  unsigned bits = most;
  if (slash < network.size()) {
    const char* const end = network.data() + network.size();
    const auto read = std::from_chars(network.data() + slash + 1, end, bits);
    if (read.ec != std::errc() || read.ptr != end || bits > most) return false;
  }
  bits += 128 - most;
  for (unsigned bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
    if (((address[bit / 8] ^ (*begin)[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::string without_brackets(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

/// The first of these that is set, by its name and value.
std::optional<std::pair<std::string, std::string>> first_set(const Environment& environment,
                                                             std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name)) return std::pair(std::string(name), *std::move(value));
  }
  return std::nullopt;
}

struct ParsedProxy {
  Proxy proxy;
  std::string host;
  bool speaks_http;
};

/// As they stand in the address, and as they are sent.
std::vector<std::string> logins_of(CURLU* url) {
  std::vector<std::string> logins;
  for (const unsigned flags : {0U, static_cast<unsigned>(CURLU_URLDECODE)}) {
    const std::string password = url_part(url, CURLUPART_PASSWORD, flags);
    logins.push_back(url_part(url, CURLUPART_USER, flags) + ":" + password);
    logins.push_back(password);
  }
  std::erase_if(logins, [](const std::string& login) { return login.size() < 2; });
  return logins;
}

core::Result<ParsedProxy> parse_proxy(const std::string& source, const std::string& value) {
  const std::string text = value.find("://") == std::string::npos ? "http://" + value : value;
  const UrlHandle url = make_url();
  const bool is_url =
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  const std::string scheme = is_url ? url_part(url.get(), CURLUPART_SCHEME) : "";
  const std::string host = is_url ? url_part(url.get(), CURLUPART_HOST) : "";
  if (host.empty() || std::find(kProxySchemes.begin(), kProxySchemes.end(), scheme) == kProxySchemes.end()) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "the environment variable " + source +
                          " holds no address of a proxy, such as http://proxy.example:3128");
  }
  const std::string port = url_part(url.get(), CURLUPART_PORT);
  const std::string shown = scheme + "://" + host + (port.empty() ? "" : ":" + port);
  return ParsedProxy{{text, core::printable(shown), source, logins_of(url.get())},
                     host,
                     scheme == "http" || scheme == "https"};
}

/// "gpu-1:8000" and "[::1]:8000", but not "::1".
void cut_port(std::string& entry) {
  const std::size_t colon = entry.rfind(':');
  if (colon == std::string::npos || entry.find_first_not_of("0123456789", colon + 1) != std::string::npos)
    return;
  const bool ends_address = colon > 0 && entry[colon - 1] == ']';
  if (ends_address || entry.find(':') == colon) entry.resize(colon);
}

}  // namespace

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::string why_passed_over(const Proxy& proxy) {
  return "the proxy " + proxy.shown + " is not used (" + proxy.source +
         "), because a key or a header would go through it in the clear: add its host to allow_plain_http_to "
         "to allow that";
}

bool is_near(const std::string& host) {
  const auto address = address_of(without_brackets(host));
  if (!address) return host.find('.') == std::string::npos;
  constexpr std::array<const char*, 7> kNear = {"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                                "100.64.0.0/10", "169.254.0.0/16", "fc00::/7",
                                                "fe80::/10"};
  return std::any_of(kNear.begin(), kNear.end(),
                     [&](const char* network) { return is_in_network(*address, network); });
}

bool is_excepted(const std::string& host, std::string_view no_proxy) {
  const std::string name = core::ascii_lower(without_brackets(host));
  const auto address = address_of(name);
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(", \t"), no_proxy.size());
    std::string entry = core::ascii_lower(no_proxy.substr(0, end));
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    if (entry == "*") return true;
    cut_port(entry);
    if (address) {
      if (is_in_network(*address, without_brackets(entry))) return true;
      continue;
    }
    if (entry.starts_with("*.")) entry.erase(0, 1);
    if (entry.starts_with('.')) entry.erase(0, 1);
    if (entry.ends_with('.')) entry.pop_back();
    if (!entry.empty() && (name == entry || name.ends_with("." + entry))) return true;
  }
  return false;
}

core::Result<Route> find_route(const EndpointUrl& url, const RouteOptions& options,
                               const Environment& environment) {
  if (url.loopback) return Route{};
  const auto set = url.tls ? first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                           : first_set(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
  if (!set) return Route{};
  const auto no_proxy = first_set(environment, {"no_proxy", "NO_PROXY"});
  if (no_proxy && is_excepted(url.host, no_proxy->second)) return Route{};
  auto parsed = parse_proxy(set->first, set->second);
  if (!parsed) return core::fail(std::move(parsed.error()));
  if (parsed->speaks_http && is_near(url.host)) return Route{};
  const auto& allowed = options.allow_plain_http_to;
  const bool may_see = url.tls || !options.has_secrets || is_loopback(parsed->host) ||
                       std::find(allowed.begin(), allowed.end(), parsed->host) != allowed.end();
  if (may_see) return Route{std::move(parsed->proxy), std::nullopt};
  return Route{std::nullopt, std::move(parsed->proxy)};
}

}  // namespace viltree::http
