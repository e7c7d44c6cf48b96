#pragma once

#include <viltree/core/result.hpp>
#include <viltree/http/options.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// What one endpoint is sent and nobody else may see: its API key, and what its further headers hold. They
/// can be sent and taken out of texts, and nothing else: there is no way to a log or a message.
class Secrets {
 public:
  Secrets() = default;  ///< none

  /// From the environment variables and the file that the endpoint names. kInvalidInput where a variable is
  /// not set, the file cannot be read, or what is there cannot be sent.
  [[nodiscard]] static core::Result<Secrets> load(const Endpoint& endpoint);

  [[nodiscard]] bool empty() const { return header_lines_.empty(); }
  [[nodiscard]] bool has_key() const { return !key_source_.empty(); }
  /// "the environment variable MY_KEY", for messages.
  [[nodiscard]] const std::string& key_source() const { return key_source_; }
  /// Of every request, whole.
  [[nodiscard]] const std::vector<std::string>& header_lines() const { return header_lines_; }
  /// The user and password of a proxy, which are no part of requests, are taken out of texts as well.
  void add_logins(const std::vector<std::string>& logins);
  /// The text with every occurrence of them replaced. Values of less than six bytes stay: they are in many
  /// texts, and keep no secret.
  [[nodiscard]] std::string redact(std::string text) const;

 private:
  struct Hidden {
    std::string text;
    std::string in_place;
  };

  [[nodiscard]] core::Status load_key(const Endpoint& endpoint);
  [[nodiscard]] core::Status add_key(std::string_view key, std::string source);
  [[nodiscard]] core::Status add_header(const Header& header);
  void hide(const std::string& secret, const std::string& in_place);

  std::string key_source_;
  std::vector<std::string> header_lines_;
  std::vector<Hidden> hidden_;  ///< the longest first
};

}  // namespace viltree::http
