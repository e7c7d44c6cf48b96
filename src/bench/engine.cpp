#include "benches.hpp"
#include "recorded_policy.hpp"
#include "workbench.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/simulated/policy.hpp>
#include <viltree/storage/lines.hpp>

#include <filesystem>
#include <ostream>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;

struct Memory {
  std::uint64_t nodes = 0;
  std::uint64_t rollouts = 0;
  std::uint64_t bytes = 0;
};

/// What the trees of an archive take in memory.
Memory memory_of_trees(const std::filesystem::path& folder) {
  Memory memory;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "trees")) {
    const auto reader = value_or_fatal(
        storage::LineFileReader::open(storage::real_file_system(), entry.path()), ExitCode::kStorage);
    const auto add = [&](std::uint64_t, std::string_view line) -> core::Status {
      const auto stored = codec::decode_tree(line);
      if (!stored) return core::fail(stored.error());
      memory.nodes += stored->tree.size();
      memory.rollouts += stored->tree.rollout_count();
      memory.bytes += stored->tree.memory_bytes();
      return {};
    };
    value_or_fatal(reader.for_each_line(add), ExitCode::kStorage);
  }
  return memory;
}

/// A run that has the other's journal and nothing else, as if it had been killed before its first commit.
std::filesystem::path journal_alone(const Workbench& bench, const std::filesystem::path& of) {
  const std::filesystem::path folder = bench.folder("replay");
  std::filesystem::create_directories(folder);
  std::filesystem::copy(of / "journal", folder / "journal", std::filesystem::copy_options::recursive);
  return folder;
}

}  // namespace

void run_engine(const Options& options, std::ostream& out) {
  const Workbench bench;
  Recording recording;
  RecordingPolicy live(value_or_fatal(simulated::make_policy({}), ExitCode::kUsage), recording);
  const Measured with_policy = measure_crawl(options, bench.folder("live"), live);

  RecordedPolicy recorded(recording);
  const std::filesystem::path folder = bench.folder("recorded");
  const Measured engine = measure_crawl(options, folder, recorded);

  const Recording nothing;
  RecordedPolicy silent(nothing);
  const Measured replay = measure_crawl(options, journal_alone(bench, folder), silent);

  const auto rollouts = static_cast<double>(engine.progress.totals.rollouts);
  const auto rows = static_cast<double>(engine.progress.rows_committed);
  const Memory memory = memory_of_trees(folder);
  out << "engine: " << options.problems << " problems, visualprm, seed " << options.seed << ", "
      << engine.progress.totals.rollouts << " rollouts, " << engine.progress.rows_committed << " rows\n";
  print(out, "crawl with the built-in policy", rollouts / with_policy.wall, "rollouts/s");
  print(out, "engine alone (answers recorded beforehand)", rollouts / engine.wall, "rollouts/s");
  print(out, "engine alone, processor time", engine.cpu / rollouts * 1e6, "us/rollout");
  print(out, "replay of the journal alone", rollouts / replay.wall, "rollouts/s");
  print(out, "requests sent during the replay", static_cast<double>(silent.counts().requests), "");
  print(out, "journal", static_cast<double>(bytes_below(folder / "journal")) / rollouts, "bytes/rollout");
  print(out, "tree archive", static_cast<double>(bytes_below(folder / "trees")) / rollouts, "bytes/rollout");
  print(out, "shard", static_cast<double>(bytes_below(folder / "shards")) / rows, "bytes/row");
  print(out, "node without its text", static_cast<double>(sizeof(search::Node)), "bytes");
  print(out, "tree in memory, texts and rollouts included",
        static_cast<double>(memory.bytes) / static_cast<double>(memory.nodes), "bytes/node");
}

}  // namespace viltree::bench
