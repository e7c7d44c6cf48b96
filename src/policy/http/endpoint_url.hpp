#pragma once

#include <viltree/core/result.hpp>

#include <string>
#include <vector>

namespace viltree::http {

/// Where an endpoint is.
struct EndpointUrl {
  std::string base;  ///< without a slash at its end
  bool tls = false;
  bool loopback = false;
  std::string host;
};

/// `localhost`, or an address of this machine's own.
[[nodiscard]] bool is_loopback(std::string host);

/// kInvalidInput unless it is an http or https URL without user, query and fragment, and, for http, its host
/// is loopback or one of `allow_plain_http_to`.
[[nodiscard]] core::Result<EndpointUrl> parse_endpoint_url(
    const std::string& text, const std::vector<std::string>& allow_plain_http_to);

}  // namespace viltree::http
