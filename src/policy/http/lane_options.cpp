#include "lane_options.hpp"

#include "endpoint_url.hpp"
#include "options.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/text.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace viltree::http {

namespace {

constexpr std::uint32_t kSpareDescriptors = 128;

/// As many sequences as an endpoint may be found to take: each may need a connection of its own.
std::uint32_t most_in_flight(std::size_t endpoints) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kMostAutoInFlight;
  const std::uint64_t free = limit.rlim_cur > kSpareDescriptors ? limit.rlim_cur - kSpareDescriptors : 1;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(free / endpoints, 1, kMostAutoInFlight));
}

TransportOptions transport_options(const HttpLimits& limits, const EndpointUrl& url,
                                   const LaneOptions& lane) {
  TransportOptions transport;
  transport.headers = lane.secrets.header_lines();
  transport.ca_file = lane.endpoint.ca_file;
  transport.tls = url.tls;
  if (lane.route.proxy) transport.proxy = lane.route.proxy->url;
  transport.connections = limits.in_flight > 0 ? limits.in_flight : lane.most_in_flight;
  transport.connect_timeout = limits.connect_timeout;
  return transport;
}

std::vector<Header> merged_headers(const std::vector<Header>& of_all, std::vector<Header> own) {
  for (const Header& header : of_all) {
    const bool is_there = std::any_of(own.begin(), own.end(), [&](const Header& one) {
      return core::ascii_lower(one.name) == core::ascii_lower(header.name);
    });
    if (!is_there) own.push_back(header);
  }
  return own;
}

/// What can be told of it before a server is met.
core::Status check_ca_file(const std::string& file) {
  if (file.empty()) return {};
  const auto refuse = [&](const std::string& why) {
    return core::fail(core::ErrorKind::kInvalidInput, core::printable(file) + " (ca_file) " + why);
  };
  std::error_code no_such_file;
  if (std::filesystem::is_directory(file, no_such_file)) return refuse("is a folder, not a PEM file");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return refuse("cannot be read: " + std::generic_category().message(errno == 0 ? EIO : errno));
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("-----BEGIN ") && line.find("CERTIFICATE-----") != std::string::npos) return {};
  }
  return refuse("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
}

/// What is set for all endpoints, and what this one has beside that or in its place.
std::string merged_extra(const std::string& of_all, const std::string& own) {
  if (of_all.empty() || own.empty()) return of_all.empty() ? own : of_all;
  auto merged = json::parse_ordered(of_all);
  const auto more = json::parse_ordered(own);
  VILTREE_CHECK(merged && more);  // by check_options()
  merged->update(*more, /*merge_objects=*/true);
  return merged->dump();
}

}  // namespace

core::Result<std::vector<LaneOptions>> lane_options(const HttpOptions& options) {
  std::vector<LaneOptions> lanes;
  for (Endpoint endpoint : options.endpoints) {
    endpoint.extra = merged_extra(options.extra, endpoint.extra);
    endpoint.headers = merged_headers(options.headers, std::move(endpoint.headers));
    const auto url = parse_endpoint_url(endpoint.url, options.limits.allow_plain_http_to);
    if (!url) return core::fail(url.error());
    if (endpoint.ca_file.empty()) endpoint.ca_file = options.ca_file;
    if (auto status = check_ca_file(endpoint.ca_file); !status) return core::fail(std::move(status.error()));
    auto secrets = Secrets::load(endpoint);
    if (!secrets) return core::fail(secrets.error());
    auto route =
        find_route(*url, {!secrets->empty(), options.limits.allow_plain_http_to}, environment_variable);
    if (!route) return core::fail(std::move(route.error()));
    LaneOptions lane;
    lane.number = lanes.size();
    lane.endpoint = std::move(endpoint);
    lane.url = url->base;
    if (route->proxy) secrets->add_logins(route->proxy->logins);
    lane.secrets = std::move(*secrets);
    lane.route = std::move(*route);
    lane.limits = options.limits;
    lane.rate = rate_of(lane.endpoint, options.limits);
    lane.most_in_flight = most_in_flight(options.endpoints.size());
    lane.stream = options.stream;
    lane.transport = transport_options(options.limits, *url, lane);
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

}  // namespace viltree::http
