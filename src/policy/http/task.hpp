#pragma once

#include "call.hpp"
#include "ladder.hpp"
#include "loop.hpp"

#include <cstdint>
#include <memory>

namespace viltree::http {

/// A call on its way.
struct Task {
  explicit Task(std::unique_ptr<Call> c) : call(std::move(c)) {}
  std::unique_ptr<Call> call;
  Ladder ladder;                ///< of attempts that came to nothing, overloads aside
  std::uint32_t overloads = 0;  ///< that it met
  bool sent = false;            ///< at least once
  std::uint32_t held_up = 0;    ///< sequences, while it rests
  bool rests_long = false;      ///< so that a stop does not wait for it
  std::uint32_t ended = 0;      ///< sequences of the attempt under way that were given back
  std::unique_ptr<Timer> rest;  ///< until it is tried again
};

using TaskPtr = std::shared_ptr<Task>;

}  // namespace viltree::http
