#include "secrets.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace viltree::http {

namespace {

constexpr std::size_t kSecretBytes = 8192;
constexpr std::size_t kLeastHidden = 6;

core::Status refuse_secret(const std::string& why) {
  return core::fail(core::ErrorKind::kInvalidInput, why);
}

core::Result<std::string> read_variable(const std::string& name, const std::string& use) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr) return std::string(core::trim(value));
  return core::fail(core::ErrorKind::kInvalidInput,
                    "the environment variable " + name + " (" + use + ") is not set");
}

bool fits(std::string_view secret, bool (*may_have)(char)) {
  return !secret.empty() && secret.size() < kSecretBytes &&
         std::all_of(secret.begin(), secret.end(), may_have);
}

}  // namespace

core::Result<Secrets> Secrets::load(const Endpoint& endpoint) {
  Secrets secrets;
  if (auto status = secrets.load_key(endpoint); !status) return core::fail(std::move(status.error()));
  for (const Header& header : endpoint.headers) {
    if (auto status = secrets.add_header(header); !status) return core::fail(std::move(status.error()));
  }
  return secrets;
}

core::Status Secrets::load_key(const Endpoint& endpoint) {
  const std::string& file = endpoint.api_key_file;
  if (!endpoint.api_key_env.empty() && !file.empty())
    return refuse_secret("api_key_env and api_key_file are both given: keep the one that holds the key");
  if (!endpoint.api_key_env.empty()) {
    const auto key = read_variable(endpoint.api_key_env, "api_key_env");
    if (!key) return core::fail(key.error());
    return add_key(*key, "the environment variable " + endpoint.api_key_env);
  }
  if (file.empty()) return {};
  std::ifstream stream(file, std::ios::binary);
  std::string text(kSecretBytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || stream.gcount() == 0)
    return refuse_secret("cannot read an API key from " + file + " (api_key_file)");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return add_key(core::trim(text), "the file " + file);
}

core::Status Secrets::add_key(std::string_view key, std::string source) {
  // Without those that JSON escapes: a key must be recognised in whatever a server echoes.
  if (!fits(key, [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\'; })) {
    return refuse_secret(source +
                         " holds no usable API key: it must be one word of printable ASCII characters "
                         "without quotes and backslashes");
  }
  header_lines_.push_back("Authorization: Bearer " + std::string(key));
  hide(std::string(key), "[api key]");
  key_source_ = std::move(source);
  return {};
}

core::Status Secrets::add_header(const Header& header) {
  const auto value = read_variable(header.env, "header " + header.name);
  if (!value) return core::fail(value.error());
  if (has_key() && core::ascii_lower(header.name) == "authorization")
    return refuse_secret("the header Authorization and an API key are both given: keep one of them");
  if (!fits(*value, [](char c) { return c >= ' ' && c < '\x7F'; })) {
    return refuse_secret("the environment variable " + header.env + " holds nothing that the header " +
                         header.name + " could be: it must be one line of printable ASCII characters");
  }
  header_lines_.push_back(header.name + ": " + *value);
  if (value->size() >= kLeastHidden) {
    hide(*value, "[header " + header.name + "]");
    // As it stands in an echo that could not be read as JSON.
    if (const std::string escaped = json::escaped(*value); escaped != *value)
      hide(escaped, "[header " + header.name + "]");
  }
  return {};
}

void Secrets::add_logins(const std::vector<std::string>& logins) {
  for (const std::string& login : logins) {
    if (login.size() >= kLeastHidden) hide(login, "[proxy login]");
  }
}

void Secrets::hide(const std::string& secret, const std::string& in_place) {
  const auto at = std::find_if(hidden_.begin(), hidden_.end(),
                               [&](const Hidden& one) { return one.text.size() < secret.size(); });
  hidden_.insert(at, {secret, in_place});
}

std::string Secrets::redact(std::string text) const {
  for (const auto& [secret, in_place] : hidden_) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), in_place);
      at += in_place.size();
    }
  }
  return text;
}

}  // namespace viltree::http
