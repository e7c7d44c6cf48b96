#include "request_log.hpp"

namespace viltree::simulated {

core::Result<std::unique_ptr<RequestLog>> RequestLog::open(const std::string& path) {
  std::ofstream file(path, std::ios::app | std::ios::binary);
  if (!file) {
    return core::fail(core::ErrorKind::kPermanent, "request log " + path + ": cannot be opened for writing");
  }
  return std::unique_ptr<RequestLog>(new RequestLog(std::move(file)));
}

bool RequestLog::append(const std::string& line) {
  const core::Lock lock(mutex_);
  file_ << line << '\n' << std::flush;
  return file_.good();
}

}  // namespace viltree::simulated
