#include "options.hpp"

#include "dialect.hpp"

#include <viltree/core/text.hpp>
#include <viltree/http/extra_keys.hpp>
#include <viltree/http/headers.hpp>
#include <viltree/http/http_policy.hpp>

#include <cmath>
#include <set>

namespace viltree::http {

namespace {

core::Status require(bool condition, const std::string& message) {
  if (condition) return {};
  return core::fail(core::ErrorKind::kInvalidInput, message);
}

core::Status check_dialect(const std::string& name) {
  if (name == "auto" || find_dialect(name) != nullptr) return {};
  const auto names = dialect_names();
  std::string message = "there is no dialect \"" + core::printable(name) + "\"; there are: auto";
  for (const std::string& known : names) message += ", " + known;
  const std::string near = core::nearest(name, names);
  if (!near.empty()) message += " (did you mean " + near + "?)";
  return core::fail(core::ErrorKind::kInvalidInput, message);
}

core::Status check_headers(const std::vector<Header>& headers) {
  std::set<std::string> names;
  for (const Header& header : headers) {
    const std::string name = core::printable(header.name);
    if (const auto why = why_not_header(header.name))
      return require(false, "the header " + name + " " + *why);
    if (auto status = require(!header.env.empty(), "the header " + name + " names no environment variable");
        !status)
      return status;
    if (auto status =
            require(names.insert(core::ascii_lower(name)).second, "the header " + name + " is given twice");
        !status)
      return status;
  }
  return {};
}

core::Status check_endpoints(const std::vector<Endpoint>& endpoints) {
  if (endpoints.empty()) return require(false, "no endpoint is configured: set policy.endpoints");
  for (const Endpoint& endpoint : endpoints) {
    if (auto status = require(std::isfinite(endpoint.weight) && endpoint.weight > 0,
                              "an endpoint's weight must be a number above 0");
        !status) {
      return status;
    }
    if (auto status = require(core::is_utf8(endpoint.model) && core::is_utf8(endpoint.chat_template) &&
                                  core::is_utf8(endpoint.media_path),
                              "the model's name, the chat template or the media path is no UTF-8");
        !status)
      return status;
    if (auto status = check_dialect(endpoint.dialect); !status) return status;
    if (auto status = check_extra(endpoint.extra); !status) return status;
    if (auto status = check_headers(endpoint.headers); !status) return status;
  }
  return {};
}

core::Status check_sampling(const policy::SamplingOptions& sampling) {
  if (auto status = require(std::isfinite(sampling.temperature) && sampling.temperature >= 0,
                            "temperature must be a number of at least 0");
      !status) {
    return status;
  }
  if (auto status =
          require(sampling.top_p > 0 && sampling.top_p <= 1, "top_p must be above 0, and at most 1");
      !status) {
    return status;
  }
  for (const std::string& stop : sampling.stop) {
    if (auto status = require(!stop.empty() && core::is_utf8(stop), "a stop string is empty, or no UTF-8");
        !status) {
      return status;
    }
  }
  return {};
}

core::Status check_prompt(const PromptTemplates& prompt) {
  if (auto status =
          require(core::is_utf8(prompt.system) && core::is_utf8(prompt.user), "the prompt is no UTF-8");
      !status) {
    return status;
  }
  return require(prompt.user.find("{question}") != std::string::npos,
                 "prompt.user must say where the question goes: put {question} in it");
}

core::Status check_limits(const HttpLimits& limits) {
  using std::chrono::milliseconds;
  if (auto status = require(limits.in_flight <= kMostInFlight,
                            "limits.in_flight must be at most " + std::to_string(kMostInFlight));
      !status) {
    return status;
  }
  constexpr milliseconds kLongest = std::chrono::hours(24);
  for (const milliseconds time : {limits.timeout, limits.stall, limits.connect_timeout}) {
    if (auto status = require(time > milliseconds(0) && time <= kLongest,
                              "a time-out must be above 0, and at most a day");
        !status) {
      return status;
    }
  }
  return require(limits.backoff_base >= milliseconds(0) && limits.backoff_cap >= limits.backoff_base,
                 "backoff_base must be at least 0, and backoff_cap no less than it");
}

}  // namespace

core::Status check_options(const HttpOptions& options) {
  if (auto status = check_endpoints(options.endpoints); !status) return status;
  if (auto status = check_sampling(options.sampling); !status) return status;
  if (auto status = check_extra(options.extra); !status) return status;
  if (auto status = check_headers(options.headers); !status) return status;
  if (auto status = check_prompt(options.prompt); !status) return status;
  return check_limits(options.limits);
}

}  // namespace viltree::http
