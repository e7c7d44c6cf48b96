#pragma once

#include "endpoint_url.hpp"

#include <viltree/core/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// A variable of the environment; none where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

[[nodiscard]] std::optional<std::string> environment_variable(const char* name);

/// What stands between us and a server.
struct Proxy {
  std::string url;     ///< may hold a password
  std::string shown;   ///< the same without user and password
  std::string source;  ///< the variable's name
  /// Its user and password together and the password alone, as they may be quoted.
  std::vector<std::string> logins = {};
};

/// By which way an endpoint is reached.
struct Route {
  std::optional<Proxy> proxy;
  /// A proxy that is not used, because something secret would go through it in the clear.
  std::optional<Proxy> passed_over;
};

/// In a clause of its own.
[[nodiscard]] std::string why_passed_over(const Proxy& proxy);

struct RouteOptions {
  bool has_secrets = false;  ///< requests hold a key, or headers that may be one
  std::vector<std::string> allow_plain_http_to = {};
};

/// The way that the usual variables show: https_proxy or HTTPS_PROXY, http_proxy (in small letters alone: a
/// web server's children have HTTP_PROXY from whoever asks them), then all_proxy or ALL_PROXY, but for the
/// hosts in no_proxy or NO_PROXY. Loopback is reached directly, and so is what is near (is_near()) where the
/// proxy speaks http: such proxies lead out of a network, while socks ones may lead into one. Plain http that
/// holds a secret goes through a proxy only where that is loopback, or one of `allow_plain_http_to`.
/// kInvalidInput where the variable holds no address of a proxy; the message does not repeat it.
[[nodiscard]] core::Result<Route> find_route(const EndpointUrl& url, const RouteOptions& options,
                                             const Environment& environment);

/// A name without a dot, or an address that is not routed in the internet: private, link-local.
[[nodiscard]] bool is_near(const std::string& host);

/// Whether `host` is one of the hosts of a variable such as no_proxy: a list with commas or blanks of names,
/// with all names below each ("corp", ".corp" and "*.corp" are the same), of addresses, of networks
/// ("10.0.0.0/8"), or "*", all. A port behind one is passed over.
[[nodiscard]] bool is_excepted(const std::string& host, std::string_view no_proxy);

}  // namespace viltree::http
