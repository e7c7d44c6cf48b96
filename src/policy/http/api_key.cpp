#include "api_key.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace viltree::http {

namespace {

constexpr std::size_t kKeyBytes = 8192;
constexpr std::string_view kRedacted = "[api key]";

}  // namespace

core::Result<ApiKey> ApiKey::load(const std::string& environment, const std::string& file) {
  if (!environment.empty() && !file.empty()) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "api_key_env and api_key_file are both given: keep the one that holds the key");
  }
  if (!environment.empty()) {
    const char* value = std::getenv(environment.c_str());
    if (value == nullptr) {
      return core::fail(core::ErrorKind::kInvalidInput,
                        "the environment variable " + environment + " (api_key_env) is not set");
    }
    return make(value, "the environment variable " + environment);
  }
  if (file.empty()) return ApiKey{};
  std::ifstream stream(file, std::ios::binary);
  std::string text(kKeyBytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || stream.gcount() == 0) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "cannot read an API key from " + file + " (api_key_file)");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return make(text, "the file " + file);
}

core::Result<ApiKey> ApiKey::make(std::string_view secret, std::string source) {
  secret = core::trim(secret);
  // Without those that JSON escapes: a key must be recognised in whatever a server echoes.
  const auto printable = [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\'; };
  if (secret.empty() || secret.size() >= kKeyBytes || !std::all_of(secret.begin(), secret.end(), printable)) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      source +
                          " holds no usable API key: it must be one word of printable ASCII characters "
                          "without quotes and backslashes");
  }
  ApiKey key;
  key.secret_ = secret;
  key.source_ = std::move(source);
  return key;
}

std::string ApiKey::redact(std::string text) const {
  if (secret_.empty()) return text;
  for (std::size_t at = text.find(secret_); at != std::string::npos; at = text.find(secret_, at)) {
    text.replace(at, secret_.size(), kRedacted);
    at += kRedacted.size();
  }
  return text;
}

}  // namespace viltree::http
