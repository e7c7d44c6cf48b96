#include "endpoint_url.hpp"

#include "curl_handles.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace viltree::http {

namespace {

core::Status check_parts(CURLU* url, const std::vector<std::string>& allow_plain_http_to) {
  const auto refuse = [](std::string why) {
    return core::fail(core::ErrorKind::kInvalidInput, std::move(why));
  };
  const std::string scheme = url_part(url, CURLUPART_SCHEME);
  const std::string host = url_part(url, CURLUPART_HOST);
  if (scheme != "http" && scheme != "https") return refuse("only http:// and https:// are spoken");
  if (!url_part(url, CURLUPART_USER).empty() || !url_part(url, CURLUPART_PASSWORD).empty()) {
    return refuse(
        "it holds a user or a password: name the secret's environment variable in api_key_env instead");
  }
  if (!url_part(url, CURLUPART_QUERY).empty() || !url_part(url, CURLUPART_FRAGMENT).empty()) {
    return refuse("it must end with its path (such as /v1), without '?' and '#'");
  }
  const auto& allowed = allow_plain_http_to;
  if (scheme == "http" && !is_loopback(host) &&
      std::find(allowed.begin(), allowed.end(), host) == allowed.end()) {
    return refuse("plain http would send the questions and the key in the clear: use https, or add \"" +
                  host + "\" to allow_plain_http_to");
  }
  return {};
}

}  // namespace

bool is_loopback(std::string host) {
  if (host == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::array<unsigned char, 4> v4{};
  if (inet_pton(AF_INET, host.c_str(), v4.data()) == 1) return v4[0] == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

core::Result<EndpointUrl> parse_endpoint_url(const std::string& text,
                                             const std::vector<std::string>& allow_plain_http_to) {
  // The URL is quoted in the messages only once it is known to hold no secret.
  const UrlHandle url = make_url();
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0); code != CURLUE_OK) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      std::string("the endpoint's url is no URL such as http://127.0.0.1:8000/v1: ") +
                          curl_url_strerror(code));
  }
  if (const auto status = check_parts(url.get(), allow_plain_http_to); !status) {
    return core::fail(status.error(), "the endpoint's url at host " + url_part(url.get(), CURLUPART_HOST));
  }
  EndpointUrl result{url_part(url.get(), CURLUPART_URL), url_part(url.get(), CURLUPART_SCHEME) == "https",
                     is_loopback(url_part(url.get(), CURLUPART_HOST)), url_part(url.get(), CURLUPART_HOST)};
  while (result.base.ends_with('/')) result.base.pop_back();
  return result;
}

}  // namespace viltree::http
