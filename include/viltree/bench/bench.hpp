#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string_view>

/// The project's own benchmarks: figures of this machine, never verdicts. They work in a temporary folder
/// that they remove, on the built-in problems, and print their seed. Throw core::FatalError.
namespace viltree::bench {

struct Options {
  std::uint64_t problems = 200;
  std::uint64_t seed = 7;
  std::uint32_t workers = 0;  ///< of the crawl; 0: one a core
  std::uint32_t slots = 0;    ///< of the simulator, for those that look at it; 0: each has its own
};

struct Bench {
  std::string_view name;
  std::string_view summary;
  void (*run)(const Options& options, std::ostream& out);
};

[[nodiscard]] std::span<const Bench> benches();

}  // namespace viltree::bench
