#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The project's own benchmarks: figures of this machine, never verdicts. They work in a temporary folder
/// that they remove, on built-in problems, and print their seed. Throw core::FatalError.
namespace viltree::bench {

/// Where neither the benchmark nor anybody else says how many.
inline constexpr std::uint64_t kUsualProblems = 200;

struct Options {
  std::uint64_t problems = kUsualProblems;
  std::uint64_t seed = 7;
  std::uint32_t workers = 0;  ///< threads; 0: one a core
  std::uint32_t slots = 0;    ///< of the simulator, for those that look at it; 0: each has its own

  /// What goes wrong at the simulator, for those that look at it, each measured by itself; empty: nothing.
  /// As `viltree simulate --faults` takes it; or `none`, `steady:SHARE`, `capacity:N[,N…][:MILLISECONDS]`.
  std::vector<std::string> faults;
  bool stream = false;  ///< replies come as events, for those that look at faults

  // Of those that compare labels.
  std::vector<std::string> families;    ///< of problems; empty: all
  std::vector<std::string> strategies;  ///< empty: all
  std::uint64_t tokens = 20000;         ///< generated, a problem; 0: to each strategy's own end
  std::string plot;                     ///< an SVG file to write; empty: none
};

struct Bench {
  std::string_view name;
  std::string_view summary;
  void (*run)(const Options& options, std::ostream& out);
  std::uint64_t problems = kUsualProblems;  ///< where nothing else is asked for
  bool compares_labels = false;             ///< looks at the options of those that do, and at no slots
  bool may_fail = false;                    ///< looks at the faults
};

[[nodiscard]] std::span<const Bench> benches();

}  // namespace viltree::bench
