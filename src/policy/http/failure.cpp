#include "failure.hpp"

#include "json.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <curl/curl.h>

namespace viltree::http {

namespace {

using core::ErrorKind;
using std::chrono::milliseconds;

constexpr milliseconds kLongestRequestedWait = std::chrono::minutes(10);
constexpr std::size_t kMessageBytes = 400;

std::optional<double> number(std::string_view text) {
  text = core::trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

milliseconds clamped(double ms) {
  const auto most = static_cast<double>(kLongestRequestedWait.count());
  return milliseconds(static_cast<std::int64_t>(std::clamp(ms, 0.0, most)));
}

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// From the places where servers put their message; else the whole, as written by us, because what a server
/// has escaped could hide the key.
std::string message_of(const nlohmann::json& json) {
  if (const auto* error = find(json, "error")) {
    if (const auto text = find_string(*error, "message")) return *text;
    if (error->is_string()) return error->get<std::string>();
  }
  if (const auto text = find_string(json, "message")) return *text;
  const auto* detail = find(json, "detail");
  if (detail == nullptr) return dump(json);
  return detail->is_string() ? detail->get<std::string>() : dump(*detail);
}

Failure transport_failure(const TransportError& error, const ReplyContext& context) {
  const std::string detail = context.key.redact(core::printable(error.detail));
  const auto make = [&](ErrorKind kind, const std::string& text) {
    return Failure{{kind, context.url + ": " + text}, kind == ErrorKind::kTransient, {}};
  };
  switch (error.kind) {
    case TransportErrorKind::kUnreachable:
      return make(ErrorKind::kTransient, "cannot be reached (" + detail + "): is the server running?");
    case TransportErrorKind::kUntrusted:
      return make(ErrorKind::kInvalidInput, "the server's certificate is not trusted (" + detail +
                                                "): add its authority to the system's certificates");
    case TransportErrorKind::kTimeout:
      return make(ErrorKind::kTransient, "no answer in time (" + detail + ")");
    case TransportErrorKind::kTooLarge:
      return make(ErrorKind::kTransient, "the answer is too large");
    case TransportErrorKind::kBroken:
    case TransportErrorKind::kOther:
      break;
  }
  return make(ErrorKind::kTransient, "the connection broke (" + detail + ")");
}

std::string key_advice(const ApiKey& key) {
  if (key.empty())
    return "the server wants an API key, and none is configured: set api_key_env or api_key_file";
  return "the server refuses the API key from " + key.source();
}

bool is_lasting(long status, const std::string& message, const Dialect* dialect) {
  const bool usual = status == 400 || status == 413 || status == 422;
  return usual || (dialect != nullptr && dialect->is_lasting(status, message));
}

bool is_transient(long status) {
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

std::string advice(long status, const ReplyContext& context) {
  if (status == 401 || status == 403) return " (" + key_advice(context.key) + ")";
  if (status >= 300 && status < 400)
    return " (a redirect, which is not followed: configure the address behind it)";
  if (status == 404)
    return " (is the model's name right, and does the url end with its version, such as /v1?)";
  return {};
}

}  // namespace

std::string server_message(const std::string& body, const ApiKey& key) {
  const auto json = parse_json(body);
  const std::string found = json ? message_of(*json) : body;
  std::string text = core::printable(key.redact(std::string(core::trim(found))));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  if (text.empty()) return "no message";
  if (text.size() <= kMessageBytes) return text;
  std::size_t end = kMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + " …";
}

std::optional<milliseconds> requested_wait(const RetryHeaders& headers, std::time_t now) {
  if (const auto ms = number(headers.retry_after_ms)) return clamped(*ms);
  if (headers.retry_after.empty()) return std::nullopt;
  if (const auto seconds = number(headers.retry_after)) return clamped(*seconds * 1000);
  const std::time_t date = curl_getdate(headers.retry_after.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return clamped(std::difftime(date, now) * 1000);
}

std::optional<Failure> check_reply(const HttpReply& reply, const ReplyContext& context) {
  if (reply.error) return transport_failure(*reply.error, context);
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  const std::string message = server_message(reply.body, context.key);
  const std::string text = "HTTP " + std::to_string(reply.status) + ": " + message;
  Failure failure;
  if (is_lasting(reply.status, message, context.dialect)) {
    failure.error = {ErrorKind::kPermanent, "the server refuses this prefix: " + text};
  } else if (is_transient(reply.status)) {
    failure.error = {ErrorKind::kTransient, context.url + ": " + text};
    failure.retry = reply.headers.should_retry != "false";
    failure.wait = requested_wait(reply.headers, std::time(nullptr));
  } else {
    failure.error = {ErrorKind::kInvalidInput, context.url + ": " + text + advice(reply.status, context)};
  }
  return failure;
}

Failure garbage(const std::string& url, const std::string& what) {
  return {{ErrorKind::kTransient, url + ": the answer is no chat completion: " + what}, true, {}};
}

}  // namespace viltree::http
