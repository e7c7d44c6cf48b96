#include "crawler.hpp"
#include "storage_value.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/policy/start.hpp>
#include <viltree/storage/journal_repair.hpp>

#include <algorithm>
#include <utility>

namespace viltree::crawl {

using core::ExitCode;
using core::FatalError;

namespace {

int arena_size(std::uint32_t workers) {
  return workers == 0 ? tbb::this_task_arena::max_concurrency() : static_cast<int>(workers);
}

/// TBB's threads in all: as many as there are cores for others, even where the crawl wants fewer or more.
std::size_t threads_for(std::uint32_t workers) {
  return static_cast<std::size_t>(std::max(arena_size(workers), tbb::this_task_arena::max_concurrency())) + 1;
}

storage::Manifest manifest_of(const Options& options, const Parts& parts) {
  const std::uint64_t problems = parts.source.count();
  auto saved = storage_value(storage::load_manifest(parts.run.file_system(), parts.run.manifest()));
  if (!saved) {
    storage::Manifest manifest;
    manifest.program = options.version;
    manifest.config_hash = options.facts.config_hash;
    manifest.total_problems = problems;
    storage_value(storage::save_manifest(parts.run.file_system(), parts.run.manifest(), manifest));
    return manifest;
  }
  if (saved->total_problems == 0) saved->total_problems = problems;  // a repair did not know
  if (saved->total_problems != problems) {
    throw FatalError(ExitCode::kUsage,
                     "the data set has " + std::to_string(problems) + " lines, but had " +
                         std::to_string(saved->total_problems) +
                         " when the run was started: put it back, or start another run directory");
  }
  return *saved;
}

std::unique_ptr<storage::JournalWriter> open_journal(const Options& options, const Parts& parts) {
  storage::JournalOptions journal;
  journal.segment_bytes = options.segment_bytes;
  journal.durability = options.durability;
  journal.sealed_level = options.compression_level;
  storage::FileSystem& fs = parts.run.file_system();
  const storage::Path aside = parts.run.damaged() / "journal";
  const std::uint64_t saved = storage_value(storage::salvage_tail(fs, parts.run.journal(), aside));
  if (saved > 0) {
    parts.observer.notice("journal: a power loss tore its end; saved " + std::to_string(saved) +
                          " groups of answers from behind the tear");
  }
  auto writer = storage_value(storage::JournalWriter::open(fs, parts.run.journal(), journal));
  if (writer->recovered().bytes > 0) {
    parts.observer.notice("journal: cut " + std::to_string(writer->recovered().bytes) +
                          " bytes of an unfinished group of answers");
  }
  return writer;
}

archive::Totals committed_totals(const storage::Manifest& manifest) {
  archive::Totals totals;
  for (const storage::UnitEntry& unit : manifest.units) {
    if (!unit.complete) continue;
    archive::Totals of_unit = archive::to_totals(unit.counts);
    of_unit.trees = unit.trees;
    of_unit.rejected = unit.rejected;
    of_unit.rows = unit.rows;
    totals.add(of_unit);
  }
  return totals;
}

}  // namespace

Crawler::Crawler(const Options& options, const Parts& parts)
    : options_(options),
      parts_(parts),
      threads_(tbb::global_control::max_allowed_parallelism, threads_for(options.workers)),
      arena_(arena_size(options.workers)),
      machines_(options.search),
      log_(storage_value(EventLog::open(parts.run))),
      manifest_at_start_(manifest_of(options, parts)),
      journal_(open_journal(options, parts)),
      replay_(storage_value(Replay::read(parts.run, manifest_at_start_, options.unit_size))),
      units_(options, parts.run, manifest_at_start_,
             storage_value(kernels::of_run(parts.run, manifest_at_start_)), arena_, parts.background),
      totals_(committed_totals(manifest_at_start_)),
      meter_(parts.clock.now(), totals_),
      finished_(totals_),
      budget_(options.budget),
      first_segments_(replay_.first_segments()) {
  const Tariff of_policy{options.prices, options.search.max_tokens};
  clients_.push_back(
      std::make_unique<Client>(Asked::kPolicy, parts.policy, of_policy, options.patience, mailbox_));
  if (parts.judge != nullptr) {
    const Tariff of_judge{options.judge.prices, options.judge.max_tokens};
    clients_.push_back(
        std::make_unique<Client>(Asked::kJudge, *parts.judge, of_judge, options.patience, mailbox_));
  }
  totals_.add(replay_.totals());
  meter_ = Meter(parts.clock.now(), totals_);
}

void Crawler::begin() {
  note(manifest_at_start_.units.empty() && replay_.answers() == 0 ? "started" : "resumed",
       {{"answers", std::to_string(totals_.answers)}});
  const std::uint64_t first = units_.first_open() * options_.unit_size;
  next_problem_ = first;
  core::value_or_fatal(parts_.source.skip_to({first}), ExitCode::kUsage);
  source_ended_ = first >= manifest_at_start_.total_problems;
  if (!source_ended_) start_clients();
  report(true);
}

/// A stop meanwhile ends it, and the loop then has nothing to do.
void Crawler::start_clients() {
  for (const auto& client : clients_) {
    auto started = policy::start(client->policy(), parts_.stop);
    watch_stop();
    if (stopping_) return;
    core::value_or_fatal(std::move(started), ExitCode::kPolicy);
    tell(costly_findings(client->policy().health()));
  }
}

}  // namespace viltree::crawl
