#include "proxy.hpp"

#include "failure.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::http;

namespace {

using Variables = std::map<std::string, std::string>;

core::Result<Route> route_to(const std::string& url, const Variables& variables, RouteOptions options = {}) {
  const auto parsed = parse_endpoint_url(url, {"gpu-1", "gpu-1.example", "10.1.2.3", "[fd00::1]", "8.8.8.8"});
  REQUIRE(parsed.has_value());
  return find_route(*parsed, options, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string proxy_for(const std::string& url, const Variables& variables, RouteOptions options = {}) {
  const auto route = route_to(url, variables, std::move(options));
  REQUIRE(route.has_value());
  return route->proxy ? route->proxy->url : "";
}

HttpReply reply_with(long status) {
  HttpReply reply;
  reply.status = status;
  reply.body = "no";
  return reply;
}

}  // namespace

TEST_CASE("http proxy: each kind of URL has its variables, the first that is set counts") {
  const Variables all = {{"https_proxy", "http://a:1"}, {"HTTPS_PROXY", "http://b:1"},
                         {"http_proxy", "c:1"},         {"HTTP_PROXY", "http://d:1"},
                         {"all_proxy", "socks5h://e"},  {"ALL_PROXY", "http://f:1"}};
  CHECK(proxy_for("https://models.example/v1", all) == "http://a:1");
  CHECK(proxy_for("http://gpu-1.example/v1", all) == "http://c:1");
  Variables less = all;
  less.erase("https_proxy");
  less.erase("http_proxy");
  CHECK(proxy_for("https://models.example/v1", less) == "http://b:1");
  CHECK(proxy_for("http://gpu-1.example/v1", less) ==
        "socks5h://e");  // HTTP_PROXY may come from who asks a web server
  less.erase("HTTPS_PROXY");
  less.erase("all_proxy");
  CHECK(proxy_for("https://models.example/v1", less) == "http://f:1");
  CHECK(proxy_for("https://models.example/v1", {}).empty());
  for (const char* url : {"http://127.0.0.1:1/v1", "https://localhost/v1", "https://[::1]/v1"})
    CHECK(proxy_for(url, all).empty());
}

TEST_CASE("http proxy: hosts are excepted by name with all below it, address, network or all") {
  CHECK(is_excepted("models.example", "other, models.example"));
  CHECK(is_excepted("a.Models.example", "models.EXAMPLE"));
  CHECK(is_excepted("a.models.example", ".models.example"));
  CHECK(is_excepted("models.example", ".models.example"));
  CHECK(is_excepted("models.example", "models.example."));
  CHECK(is_excepted("models.example", "x  *"));
  CHECK_FALSE(is_excepted("mymodels.example", "models.example"));
  CHECK_FALSE(is_excepted("models.example", "a.models.example,,.,  "));
  CHECK_FALSE(is_excepted("models.example", ""));
  CHECK(is_excepted("10.1.2.3", "10.1.2.3"));
  CHECK(is_excepted("10.1.2.3", "192.168.0.0/16,10.0.0.0/8"));
  CHECK(is_excepted("10.1.2.3", "0.0.0.0/0"));
  CHECK(is_excepted("10.1.2.3", "10.1.2.2/31"));
  CHECK_FALSE(is_excepted("10.1.2.3", "10.1.2.4/31,10.1.2.3/33,10.1.2.3/x,10.1.2.3/,2.3,.3"));
  CHECK(is_excepted("[fd00::1]", "fd00::/8"));
  CHECK(is_excepted("[fd00::1]", "[fd00::1]"));
  CHECK_FALSE(is_excepted("[fd00::1]", "fe80::/10,10.0.0.0/8"));
  CHECK(is_excepted("gpu-1", "gpu-1:8000"));
  CHECK(is_excepted("10.1.2.3", "10.1.2.3:8000"));
  CHECK(is_excepted("[fd00::1]", "[fd00::1]:8000"));
  CHECK_FALSE(is_excepted("gpu-1", "gpu-1:x"));
  CHECK(is_excepted("gpu-1.corp", "*.corp"));
  CHECK_FALSE(is_excepted("gpu-1.mycorp", "*.corp"));
  CHECK(proxy_for("https://models.example/v1", {{"https_proxy", "p"}, {"NO_PROXY", "example"}}).empty());
  CHECK_FALSE(proxy_for("https://models.example/v1",
                        {{"https_proxy", "p"}, {"no_proxy", "other"}, {"NO_PROXY", "example"}})
                  .empty());
}

TEST_CASE("http proxy: a secret goes in the clear through none that is not here or allowed") {
  const Variables far = {{"http_proxy", "http://me:hunter2@proxy.example:3128/"}};
  CHECK_FALSE(proxy_for("http://gpu-1.example/v1", far).empty());
  const auto route = route_to("http://gpu-1.example/v1", far,
                              {.has_secrets = true, .allow_plain_http_to = {"gpu-1.example"}});
  REQUIRE(route.has_value());
  CHECK_FALSE(route->proxy.has_value());
  REQUIRE(route->passed_over.has_value());
  CHECK(why_passed_over(*route->passed_over).find("http://proxy.example:3128 is not used (http_proxy)") !=
        std::string::npos);
  CHECK(why_passed_over(*route->passed_over).find("hunter2") == std::string::npos);
  CHECK_FALSE(proxy_for("http://gpu-1.example/v1", far,
                        {.has_secrets = true, .allow_plain_http_to = {"proxy.example"}})
                  .empty());
  CHECK_FALSE(proxy_for("http://gpu-1.example/v1", {{"http_proxy", "127.0.0.1:3128"}}, {.has_secrets = true})
                  .empty());
  CHECK_FALSE(
      proxy_for("https://models.example/v1", {{"https_proxy", "proxy.example"}}, {.has_secrets = true})
          .empty());
}

TEST_CASE("http proxy: what is no proxy's address is refused by the variable's name alone") {
  for (const char* wrong : {"ftp://me:hunter2@h", "http://", "://hunter2", "http://h:hunter2"}) {
    CAPTURE(wrong);
    const auto route = route_to("https://models.example/v1", {{"all_proxy", wrong}});
    REQUIRE_FALSE(route.has_value());
    CHECK(route.error().kind == core::ErrorKind::kInvalidInput);
    CHECK(route.error().message.find("all_proxy") != std::string::npos);
    CHECK(route.error().message.find("hunter2") == std::string::npos);
  }
  const auto route = route_to("https://models.example/v1", {{"all_proxy", "socks5://me:hunter2@h:1080"}});
  REQUIRE(route.has_value());
  CHECK(route->proxy->shown == "socks5://h:1080");
  CHECK(route->proxy->source == "all_proxy");
}

TEST_CASE("http proxy: what is near is reached directly, but for a socks proxy, which may lead there") {
  const Variables out = {{"http_proxy", "http://proxy.example:3128"},
                         {"https_proxy", "http://proxy.example:3128"}};
  for (const char* near : {"http://gpu-1/v1", "http://10.1.2.3:8000/v1", "http://[fd00::1]/v1",
                           "https://192.168.0.7/v1", "https://gpu-2/v1", "https://172.31.0.1/v1"}) {
    CAPTURE(near);
    CHECK(proxy_for(near, out).empty());
    CHECK(proxy_for(near, {{"all_proxy", "socks5h://127.0.0.1:1080"}}) == "socks5h://127.0.0.1:1080");
  }
  for (const char* far : {"http://gpu-1.example/v1", "http://8.8.8.8/v1", "https://172.32.0.1/v1"}) {
    CAPTURE(far);
    CHECK_FALSE(proxy_for(far, out).empty());
  }
}

TEST_CASE("http proxy: its user and password are in no message, however they are quoted") {
  const auto route =
      route_to("https://models.example/v1", {{"https_proxy", "http://me:hunter%20two@h:3128"}});
  REQUIRE(route.has_value());
  ReplyContext context;
  context.url = "https://models.example/v1";
  context.route = *route;
  context.secrets.add_logins(route->proxy->logins);
  for (const char* quoted : {"http://me:hunter%20two@h:3128", "me:hunter two", "hunter two"}) {
    HttpReply reply;
    reply.error = TransportError{TransportErrorKind::kUnreachable, "no such proxy: " + std::string(quoted)};
    const auto failure = check_reply(reply, context);
    REQUIRE(failure.has_value());
    CAPTURE(failure->error.message);
    CHECK(failure->error.message.find("hunter") == std::string::npos);
    CHECK(failure->error.message.find("no such proxy") != std::string::npos);
  }
}

TEST_CASE("http proxy: what one in the clear may have said itself is told as that") {
  ReplyContext context;
  context.url = "http://gpu-1.example/v1";
  context.route.proxy = Proxy{"http://h:3128", "http://h:3128", "http_proxy"};
  for (const long status : {403L, 502L, 503L}) {
    const auto failure = check_reply(reply_with(status), context);
    REQUIRE(failure.has_value());
    CHECK(failure->error.message.find("add its host to no_proxy") != std::string::npos);
  }
  const auto refused = check_reply(reply_with(401), context);
  REQUIRE(refused.has_value());
  CHECK(refused->error.message.find("no_proxy") == std::string::npos);
  context.url = "https://gpu-1.example/v1";  // through a tunnel
  const auto tunnelled = check_reply(reply_with(403), context);
  REQUIRE(tunnelled.has_value());
  CHECK(tunnelled->error.message.find("no_proxy") == std::string::npos);
}
