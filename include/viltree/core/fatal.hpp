#pragma once

#include <viltree/core/result.hpp>

#include <stdexcept>
#include <string>

namespace viltree::core {

/// The program's exit codes: a contract with scripts.
enum class ExitCode : int {
  kDone = 0,
  kFound = 1,          ///< a check found something
  kUsage = 2,          ///< command line, configuration or input data
  kStorage = 3,        ///< the disk refused, or what is on it is damaged
  kPolicy = 4,         ///< the policy cannot be reached, or refused
  kInterrupted = 130,  ///< stopped by the user; the same command goes on
};

/// What ends the run. Thrown anywhere above the libraries, caught in main alone.
class FatalError : public std::runtime_error {
 public:
  FatalError(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// The value, or a FatalError with the given code.
template <class T>
T value_or_fatal(Result<T> result, ExitCode code) {
  if (!result) throw FatalError(code, result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace viltree::core
