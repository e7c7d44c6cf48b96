#include "failure.hpp"

#include "context_limit.hpp"
#include "unknown_keys.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

using core::ErrorKind;
using std::chrono::milliseconds;

constexpr milliseconds kLongestRequestedWait = std::chrono::minutes(10);
constexpr std::size_t kMessageBytes = 400;
/// Keys that every dialect writes, and with which setting there are none; empty: with no setting.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kOfEveryRequest = {{
    {"model", ""},
    {"n", ""},
    {"seed", ""},
    {"temperature", ""},
    {"top_p", ""},
    {"logprobs", "policy.logprobs: false"},
    {"stop", "policy.stop: []"},
    {"stream", "policy.stream: false"},
}};
constexpr long kUnknownStatus = 500;  // of an error that names none

std::optional<double> number(std::string_view text) {
  text = core::trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// "1h2m3.5s", "20ms" in milliseconds.
std::optional<double> duration_ms(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
      {{"ms", 1}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}}};
  text = core::trim(text);
  if (text.empty()) return std::nullopt;
  double sum = 0;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto value = number(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(),
                                          [&](const auto& one) { return text.starts_with(one.first); });
    if (!value || unit == kUnits.end()) return std::nullopt;
    sum += *value * unit->second;
    text.remove_prefix(unit->first.size());
  }
  return sum;
}

milliseconds clamped(double ms) {
  const auto most = static_cast<double>(kLongestRequestedWait.count());
  return milliseconds(static_cast<std::int64_t>(std::clamp(ms, 0.0, most)));
}

std::optional<std::time_t> time_of(const std::string& date) {
  const std::time_t time = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
  return time >= 0 ? std::optional(time) : std::nullopt;
}

std::string dump(const json::Value& value) {
  return value.dump(-1, ' ', false, json::Value::error_handler_t::replace);
}

/// From the places where servers put their message; else the whole, as written by us, because what a server
/// has escaped could hide the key.
std::string message_of(const json::Value& document) {
  if (const auto* error = json::find(document, "error")) {
    if (const auto text = json::find_string(*error, "message")) return *text;
    if (error->is_string()) return error->get<std::string>();
  }
  if (const auto text = json::find_string(document, "message")) return *text;
  const auto* detail = json::find(document, "detail");
  if (detail == nullptr) return dump(document);
  return detail->is_string() ? detail->get<std::string>() : dump(*detail);
}

std::string distrust(const std::string& detail, const ReplyContext& context) {
  const std::string text = "the server's certificate is not trusted (" + detail + "): ";
  if (context.ca_file.empty())
    return text + "add its authority to the system's certificates, or name it in ca_file";
  return text + "nothing in " + core::printable(context.ca_file) + " (ca_file) vouches for it";
}

std::string no_trust(const std::string& detail, const ReplyContext& context) {
  if (context.ca_file.empty())
    return "the system's certificates cannot be read (" + detail +
           "): install ca-certificates, or set ca_file";
  return core::printable(context.ca_file) + " (ca_file) holds no certificates that can be read (" + detail +
         ")";
}

std::string through(const Route& route) {
  return route.proxy ? " through the proxy " + route.proxy->shown : "";
}

std::string proxy_advice(const Route& route) {
  if (!route.proxy) return "a proxy on the way wants a user and a password";
  return "the proxy wants a user and a password: give them in the variable " + route.proxy->source +
         ", as http://user:password@host:port";
}

/// A proxy answers in the server's place where it sees what is asked.
std::string in_the_clear(const ReplyContext& context) {
  return context.url.starts_with("http://") ? through(context.route) : "";
}

/// What it may have said; else empty.
std::string proxy_doubt(long status, const ReplyContext& context) {
  if (in_the_clear(context).empty() || (status != 403 && status != 502 && status != 503)) return {};
  return " (this may be the proxy's answer: where the server can be reached without, add its host to "
         "no_proxy)";
}

/// What a proxy says in place of a connection.
Failure proxy_failure(long status, const ReplyContext& context) {
  const std::string code = "HTTP " + std::to_string(status);
  const std::string head = context.url + ": cannot be reached" + through(context.route) + " (" + code + ")";
  if (status == 408 || status == 429 || status >= 500)
    return {{ErrorKind::kTransient, head + ": is the server running?"}, Blame::kAbsent, false, {}};
  const std::string advice = status == 407
                                 ? proxy_advice(context.route)
                                 : "the proxy refuses this server; where it can be reached without, "
                                   "add its host to no_proxy";
  return {{ErrorKind::kInvalidInput, head + ": " + advice}, Blame::kUs, false, {}};
}

Failure transport_failure(const TransportError& error, const ReplyContext& context) {
  const std::string detail = context.secrets.redact(core::printable(error.detail));
  const auto make = [&](Blame blame, const std::string& text) {
    const ErrorKind kind = blame == Blame::kUs ? ErrorKind::kInvalidInput : ErrorKind::kTransient;
    return Failure{{kind, context.url + ": " + text}, blame, false, {}};
  };
  const auto& passed_over = context.route.passed_over;
  switch (error.kind) {
    case TransportErrorKind::kUnreachable:
      return make(Blame::kAbsent, "cannot be reached" + through(context.route) + " (" + detail +
                                      "): is the server running?" +
                                      (passed_over ? " Or: " + why_passed_over(*passed_over) : ""));
    case TransportErrorKind::kProxy:
      return proxy_failure(error.proxy_status, context);
    case TransportErrorKind::kUntrusted:
      return make(Blame::kUs, distrust(detail, context));
    case TransportErrorKind::kNoTrust:
      return make(Blame::kUs, no_trust(detail, context));
    case TransportErrorKind::kTimeout:
      return make(Blame::kSlow, "no answer in time (" + detail + ")");
    case TransportErrorKind::kTooLarge:
      return make(Blame::kReply, "the answer is too large: more than " +
                                     std::to_string(core::limits::kReplyBytes) + " bytes");
    case TransportErrorKind::kBroken:
    case TransportErrorKind::kOther:
      break;
  }
  return make(Blame::kServer, "the connection broke (" + detail + ")");
}

std::string key_advice(const Secrets& secrets) {
  if (!secrets.has_key())
    return "the server wants an API key, and none is configured: set api_key_env or api_key_file";
  return "the server refuses the API key from " + secrets.key_source();
}

bool is_lasting(long status, const std::string& message, const Dialect* dialect) {
  if (status == 400 || status == 413 || status == 422) return true;
  return dialect != nullptr && dialect->is_lasting != nullptr && dialect->is_lasting(status, message);
}

/// 529 is how some say "overloaded".
bool is_overload(long status) {
  return status == 429 || status == 503 || status == 529;
}

bool is_transient(long status) {
  return status == 408 || status == 409 || status >= 500;
}

/// What is wrong where nothing is there: the path, or the model's name.
std::string path_advice(const ReplyContext& context) {
  const std::size_t slash = context.url.rfind('/');
  const std::string_view last = std::string_view(context.url).substr(slash + 1);
  const bool has_version = last.size() >= 2 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9';
  return "asked was " + context.url + context.path + ": is the model's name right, and " +
         (has_version
              ? "does the server's base end with /" + std::string(last) + ", as the endpoint's url does?"
              : std::string("does the endpoint's url end with its version, such as /v1?"));
}

std::string advice(long status, const ReplyContext& context) {
  if (status == 401 || status == 403) return " (" + key_advice(context.secrets) + ")";
  if (status >= 300 && status < 400)
    return " (a redirect, which is not followed: configure the address behind it)";
  if (status == 407) return " (" + proxy_advice(context.route) + ")";
  if (status == 404 || status == 405) return " (" + path_advice(context) + ")";
  return {};
}

/// What to do where keys that no dialect leaves out are not taken; empty: some dialect leaves one of them
/// out.
std::string advice_on_own_keys(const std::vector<std::string>& keys) {
  std::string ways;
  for (const std::string& key : keys) {
    const auto found = std::find_if(kOfEveryRequest.begin(), kOfEveryRequest.end(),
                                    [&](const auto& one) { return one.first == key; });
    if (found == kOfEveryRequest.end()) return {};
    ways += found->second.empty()
                ? key +
                      " is part of every request, and no setting leaves it out: use another model or server, "
                      "or a proxy that takes it out. "
                : key + " is left out with " + std::string(found->second) + ". ";
  }
  ways.resize(ways.size() - 2);
  return ways;
}

std::string key_list_advice(const std::vector<std::string>& keys, const ReplyContext& context) {
  const auto has = [&](std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  std::string names;
  for (const std::string& key : keys) names += (names.empty() ? "" : ", ") + key;
  names = context.secrets.redact(names);
  std::string text = " (it does not take these keys of a request: " + names + ". ";
  if (has("max_tokens"))
    return text + "With the endpoint's dialect: openai max_completion_tokens is sent instead)";
  if (const std::string ways = advice_on_own_keys(keys); !ways.empty()) return text + ways + ")";
  const std::string dialect(context.dialect != nullptr ? context.dialect->name : "");
  return text + "They come with the endpoint's dialect" + (dialect.empty() ? "" : ", which is " + dialect) +
         ", or with policy.extra: choose another dialect, of which openai sends the fewest, or take them "
         "out)";
}

/// What a server says instead of completions.
struct Refusal {
  long status;
  std::string message;  ///< its own words
  std::string form;     ///< how it came
  std::vector<std::string> unknown_keys = {};
};

Failure failure_of_status(const Refusal& refusal, const ReplyContext& context) {
  const std::string text = refusal.form + ": " + refusal.message + proxy_doubt(refusal.status, context);
  Failure failure;
  if (!refusal.unknown_keys.empty()) {
    // Every other request has them, too.
    failure.blame = Blame::kUs;
    failure.error = {ErrorKind::kInvalidInput,
                     context.url + ": " + text + key_list_advice(refusal.unknown_keys, context)};
  } else if (is_lasting(refusal.status, refusal.message, context.dialect)) {
    failure.blame = Blame::kPrefix;
    failure.too_long = is_about_context(refusal.message);
    failure.error = {ErrorKind::kPermanent, "the server refuses this prefix: " + text};
  } else if (is_overload(refusal.status) || is_transient(refusal.status)) {
    failure.blame = is_overload(refusal.status) ? Blame::kOverload : Blame::kServer;
    failure.error = {ErrorKind::kTransient, context.url + ": " + text};
  } else {
    failure.blame = Blame::kUs;
    failure.error = {ErrorKind::kInvalidInput, context.url + ": " + text + advice(refusal.status, context)};
  }
  return failure;
}

}  // namespace

std::string server_message(const std::string& body, const Secrets& secrets) {
  const auto document = json::parse(body);
  const std::string found = document ? message_of(*document) : body;
  std::string text = core::printable(secrets.redact(std::string(core::trim(found))));
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
  if (const auto seconds = number(headers.retry_after)) return clamped(*seconds * 1000);
  if (const auto date = time_of(headers.retry_after))
    return clamped(std::difftime(*date, time_of(headers.date).value_or(now)) * 1000);
  std::optional<milliseconds> wait;
  for (const std::string* reset : {&headers.reset_requests, &headers.reset_tokens}) {
    if (const auto ms = duration_ms(*reset)) wait = std::max(wait.value_or(milliseconds(0)), clamped(*ms));
  }
  return wait;
}

std::optional<Failure> check_reply(const HttpReply& reply, const ReplyContext& context) {
  if (reply.error) return transport_failure(*reply.error, context);
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  Refusal refusal{reply.status, server_message(reply.body, context.secrets),
                  "HTTP " + std::to_string(reply.status) + in_the_clear(context)};
  if (reply.status == 400 || reply.status == 422) {
    if (const auto document = json::parse(reply.body)) refusal.unknown_keys = unknown_keys_of(*document);
  }
  Failure failure = failure_of_status(refusal, context);
  failure.final = reply.headers.should_retry == "false";
  failure.status = reply.status;
  if (failure.error.kind == ErrorKind::kTransient)
    failure.wait = requested_wait(reply.headers, std::time(nullptr));
  return failure;
}

Failure failure_of(const ReplyDefect& defect, const ReplyContext& context) {
  switch (defect.kind) {
    case ReplyDefect::Kind::kGarbage:
      return garbage(context.url, defect.what);
    case ReplyDefect::Kind::kServerError: {
      const std::string form = defect.status == 0 ? "HTTP 200 with an error"
                                                  : "HTTP 200 with error " + std::to_string(defect.status);
      Failure failure = failure_of_status({defect.status == 0 ? kUnknownStatus : defect.status,
                                           server_message(defect.what, context.secrets),
                                           form,
                                           {}},
                                          context);
      // The server took the request: what it has against it is against what was asked.
      if (failure.blame == Blame::kUs) {
        failure.blame = Blame::kPrefix;
        failure.error.kind = ErrorKind::kPermanent;
      }
      return failure;
    }
    case ReplyDefect::Kind::kSplitReasoning:
    case ReplyDefect::Kind::kOpenedThoughts:
    case ReplyDefect::Kind::kOtherPrefix:
      break;
  }
  return {{ErrorKind::kInvalidInput, context.url + ": " + defect.what}, Blame::kUs, false, {}};
}

Failure all_lost(const ParsedReply& reply, const std::string& url) {
  return {{ErrorKind::kPermanent, url + ": nothing can be used of the answer: " + reply.lost.front().why},
          Blame::kSiblings,
          false,
          {}};
}

Failure garbage(const std::string& url, const std::string& what) {
  return {{ErrorKind::kTransient, url + ": the answer is no completion: " + what}, Blame::kReply, false, {}};
}

}  // namespace viltree::http
