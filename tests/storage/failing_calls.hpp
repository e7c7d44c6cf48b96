#pragma once

#include "faults/memory_file_system.hpp"

#include <cstdint>

#include <doctest/doctest.h>

namespace viltree::test {

/// Lets each call of an operation on the disk fail, one after the other, once and for ever, with each kind of
/// error, until it passes untouched. `prepare(fs)` makes the disk on which `operate(fs)` runs; a value of
/// false (a failed Result) is its error. Then `check(fs, operated)` looks at what is left, without the fault.
/// The operation must succeed where nothing failed, and may say that it did where the call that failed does
/// not matter: what check() demands of a success must hold all the same.
template <class Prepare, class Operate, class Check>
void fail_each_call(Prepare prepare, Operate operate, Check check) {
  constexpr std::uint64_t kMostCalls = 1000;
  for (const FaultKind kind : {FaultKind::kError, FaultKind::kFull}) {
    for (const bool for_ever : {false, true}) {
      bool failed = true;
      for (std::uint64_t call = 1; failed; ++call) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(for_ever);
        CAPTURE(call);
        REQUIRE(call < kMostCalls);
        MemoryFileSystem fs;
        prepare(fs);
        fs.fail_at(fs.all_calls() + call, kind, for_ever);
        auto operated = operate(fs);
        failed = fs.has_failed();
        if (!failed) REQUIRE(operated);
        fs.restart();
        check(fs, operated);
      }
    }
  }
}

/// An error that the disk gave is handed on as one: it is never taken for damage.
template <class Operated>
void check_of_disk(const Operated& operated) {
  if (operated) return;
  CAPTURE(operated.error().message);
  const bool of_disk = operated.error().message.find("Input/output error") != std::string::npos ||
                       operated.error().message.find("No space left on device") != std::string::npos;
  CHECK(of_disk);
  CHECK(operated.error().kind != core::ErrorKind::kCorruption);
}

}  // namespace viltree::test
