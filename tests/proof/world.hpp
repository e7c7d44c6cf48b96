#pragma once

#include "crawl/support.hpp"
#include "faults/memory_file_system.hpp"
#include "faults/turns.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

/// A whole crawl in memory: fake policy, virtual clock, a disk that may be cut off at any call, and threads
/// whose order is drawn. The same setting, disk and seeds give the same history, call by call.
namespace viltree::proof {

/// What makes a crawl the one it is: the same in all its sessions.
struct Setting {
  std::string name;
  crawl::Options options;
  std::uint64_t problems = 14;
  std::set<std::uint64_t> bad_lines;
  bool judged = false;  ///< a judge decides the answers
};

/// With the options that all have in common.
[[nodiscard]] Setting basic_setting(std::string name);

/// A sample that is paid for, the judge's included: its problem and the seed that it was asked with.
using Sample = std::pair<std::string, std::uint64_t>;
using Samples = std::set<Sample>;

[[nodiscard]] std::uint64_t unit_of(const Sample& sample, const Setting& setting);

/// What was promised and not kept.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One session (one process) of a crawl.
class World {
 public:
  World(test::MemoryFileSystem& disk, const Setting& setting, std::uint64_t seed);

  /// How it ended: the state, or the error that ended it, disk errors included.
  [[nodiscard]] std::string go();

  [[nodiscard]] Samples asked() const;

  test::MemoryFileSystem& disk;
  test::Turns turns;
  crawl::test::Session session;
};

inline const storage::Path kRun = "run";

/// What the run on this disk knows, so that it is never asked for again.
struct Known {
  Samples samples;                        ///< in the journal
  Samples in_order;                       ///< of these, those behind all that their tree asked for before
  bool has_gaps = false;                  ///< the journal has lost answers
  std::set<std::uint64_t> units;          ///< committed whole
  std::optional<std::string> manifest{};  ///< its bytes
};

/// Throws Violation where journal or manifest cannot be read.
[[nodiscard]] Known known_to(test::MemoryFileSystem& disk, const Setting& setting);

/// Throws where a sample was asked for although its answer was known, or is of a committed unit.
void check_not_asked_again(const Known& known, const Samples& asked, const Setting& setting);

/// Throws where a check of the whole run finds an error. A run without a manifest is sound.
void check_sound(test::MemoryFileSystem& disk);

/// All that the run delivers, by name: archives, shards, kernel, and the manifest but for where the journal
/// begins.
[[nodiscard]] std::map<std::string, std::string> delivered(test::MemoryFileSystem& disk);

/// Throws, with the names, where these differ.
void check_same(const std::map<std::string, std::string>& reference,
                const std::map<std::string, std::string>& files);

}  // namespace viltree::proof
