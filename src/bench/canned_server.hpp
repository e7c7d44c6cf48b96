#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace viltree::bench {

/// A process of its own that answers every request with the same bytes, as cheaply as it can: so that a
/// client's processor time is its own. Killed at the end.
class CannedServer {
 public:
  /// `models` for GET /v1/models, `completion` for everything else. Throws core::FatalError. Call it before
  /// there are threads.
  CannedServer(const std::string& models, const std::string& completion);
  ~CannedServer();
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace viltree::bench
