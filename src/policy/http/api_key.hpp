#pragma once

#include <viltree/core/result.hpp>

#include <string>
#include <string_view>

namespace viltree::http {

/// A secret that can be sent and taken out of texts, and nothing else: it has no way to a log or a message.
class ApiKey {
 public:
  ApiKey() = default;  ///< no key

  /// From the environment variable of that name, or from a file; both empty: no key. kInvalidInput where the
  /// variable is not set, the file cannot be read, or what is there cannot be a key.
  [[nodiscard]] static core::Result<ApiKey> load(const std::string& environment, const std::string& file);

  [[nodiscard]] bool empty() const { return secret_.empty(); }
  /// "the environment variable MY_KEY", for messages.
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] std::string authorization_header() const { return "Authorization: Bearer " + secret_; }
  /// The text with every occurrence of the key replaced.
  [[nodiscard]] std::string redact(std::string text) const;

 private:
  [[nodiscard]] static core::Result<ApiKey> make(std::string_view secret, std::string source);

  std::string secret_;
  std::string source_;
};

}  // namespace viltree::http
