#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace viltree::core {

/// What the caller should do about an error; the message says what happened, where, and what helps.
enum class ErrorKind {
  kTransient,     ///< may go away by itself: try again later
  kPermanent,     ///< the same call will fail again: go on without it
  kInvalidInput,  ///< the user's file, flag or record is wrong
  kCorruption,    ///< stored bytes are not what was written
  kExhausted,     ///< disk, memory, budget or a named limit is used up
  kCancelled,     ///< somebody asked to stop
};

struct Error {
  ErrorKind kind = ErrorKind::kPermanent;
  std::string message;
};

/// A value, or the reason why there is none. For what happens in a normal run; see FatalError for what ends
/// it.
template <class T, class E = Error>
using Result = tl::expected<T, E>;
using Status = Result<void>;

/// For `return fail(ErrorKind::kCorruption, "…");` in a function that returns any Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

/// Hands an error on with where it was met in front: "where: message".
[[nodiscard]] inline tl::unexpected<Error> fail(const Error& error, const std::string& where) {
  return tl::unexpected<Error>(Error{error.kind, where + ": " + error.message});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace viltree::core
