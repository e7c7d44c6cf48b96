#include "world.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/fsck/fsck.hpp>
#include <viltree/search/machine.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/storage/journal.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>

namespace viltree::proof {

namespace {

/// The seed that a tree's ticket was asked with.
std::uint64_t seed_of(const search::Options& options, const std::string& problem, domain::Ticket ticket) {
  return core::mix64(search::tree_seed(options.seed, problem), ticket.value) & search::kSeedMask;
}

template <class T>
T sound(core::Result<T> result, const std::string& what) {
  if (!result) throw Violation(what + ": " + result.error().message);
  return std::move(*result);
}

}  // namespace

Setting basic_setting(std::string name) {
  test::MemoryFileSystem nowhere;
  Setting setting;
  setting.name = std::move(name);
  setting.options = crawl::test::Session(kRun, 1, nowhere).options;
  return setting;
}

std::uint64_t unit_of(const Sample& sample, const Setting& setting) {
  return std::stoull(sample.first.substr(1)) / setting.options.unit_size;  // "p12"
}

World::World(test::MemoryFileSystem& on_disk, const Setting& setting, std::uint64_t seed)
    : disk(on_disk), turns(core::mix64(seed, 1)), session(kRun, core::mix64(seed, 2), on_disk) {
  session.options = setting.options;
  session.source.size = setting.problems;
  session.source.bad = setting.bad_lines;
  if (setting.judged) session.add_judge();
  session.background = &turns;
  disk.before_call = [this](const std::string& path) {
    // Who appends to the journal holds its lock, and who syncs it would wait for that without end.
    if (!turns.is_main() || !path.starts_with("run/journal")) turns.step();
  };
}

std::string World::go() {
  std::string end;
  try {
    core::value_or_fatal(session.run.create(), core::ExitCode::kStorage);
    const auto lock = core::value_or_fatal(session.run.acquire_lock(), core::ExitCode::kStorage);
    core::value_or_fatal(session.run.remove_leftovers(), core::ExitCode::kStorage);
    end = archive::name(session.go().state);
  } catch (const core::FatalError& error) {
    end = error.what();
  }
  disk.before_call = nullptr;
  disk.before_change = nullptr;
  return end;
}

Samples World::asked() const {
  Samples samples;
  for (const auto& one : session.policy.asked) samples.emplace(one.problem, one.seed);
  for (const auto& one : session.judge.asked) samples.emplace(one.problem, one.seed);
  return samples;
}

Known known_to(test::MemoryFileSystem& disk, const Setting& setting) {
  Known known;
  const storage::RunDirectory run(disk, kRun);
  const auto manifest = sound(storage::load_manifest(disk, run.manifest()), "manifest");
  if (manifest) {
    known.manifest = disk.bytes(run.manifest());
    for (const storage::UnitEntry& unit : manifest->units) {
      if (unit.complete) known.units.insert(unit.unit);
    }
  }
  std::map<std::string, std::uint32_t> due;  // of each tree, the first ticket whose answer has not come yet
  const auto keep = [&](std::string_view line, std::uint64_t) {
    const auto record = codec::decode_record(line);
    if (!record) return core::Status(core::fail(record.error()));
    const auto* const event = std::get_if<domain::TreeEvent>(&record->content);
    if (event == nullptr) {
      const auto& ruling = std::get<domain::Ruling>(record->content);
      const Sample sample{record->problem_id, search::seed_of_question(setting.options.search.seed,
                                                                       record->problem_id, ruling.answer)};
      known.samples.insert(sample);
      known.in_order.insert(sample);
      return core::Status();
    }
    const std::uint32_t ticket = event->ticket.value;
    const Sample sample{record->problem_id, seed_of(setting.options.search, record->problem_id, {ticket})};
    known.samples.insert(sample);
    std::uint32_t& next = due.try_emplace(record->problem_id, 1).first->second;
    if (ticket != next) return core::Status();
    known.in_order.insert(sample);
    ++next;
    return core::Status();
  };
  const auto summary = sound(storage::read_journal(disk, run.journal(), 0, keep), "journal");
  known.has_gaps = summary.lost_frames > 0;
  return known;
}

void check_not_asked_again(const Known& known, const Samples& asked, const Setting& setting) {
  // What was asked for because of an answer that is lost may fit no more.
  const Samples& usable = known.has_gaps ? known.in_order : known.samples;
  for (const Sample& sample : asked) {
    if (usable.contains(sample))
      throw Violation("asked again although its answer was in the journal: " + sample.first);
    if (known.units.contains(unit_of(sample, setting)))
      throw Violation("asked again although its unit was committed: " + sample.first);
  }
}

void check_sound(test::MemoryFileSystem& disk) {
  const storage::RunDirectory run(disk, kRun);
  if (!sound(disk.exists(run.manifest()), "manifest")) return;
  const fsck::Report report = sound(fsck::check_run(run), "check");
  for (const fsck::Finding& finding : report.findings) {
    if (finding.severity == fsck::Severity::kError)
      throw Violation("check: " + finding.file + ": " + finding.what);
  }
}

std::map<std::string, std::string> delivered(test::MemoryFileSystem& disk) {
  std::map<std::string, std::string> files;
  for (const std::string& name : disk.files()) {
    const bool in_folder = name.starts_with("run/shards/") || name.starts_with("run/trees/");
    if (in_folder || name == "run/kernel.json") files[name] = disk.bytes(name);
  }
  const storage::RunDirectory run(disk, kRun);
  auto manifest = sound(storage::load_manifest(disk, run.manifest()), "manifest");
  if (!manifest) throw Violation("there is no manifest");
  manifest->journal_from = 1;
  test::MemoryFileSystem elsewhere;
  sound(storage::save_manifest(elsewhere, "manifest.json", *manifest).map([] { return 0; }), "manifest");
  files["manifest"] = elsewhere.bytes("manifest.json");
  return files;
}

void check_same(const std::map<std::string, std::string>& reference,
                const std::map<std::string, std::string>& files) {
  std::string different;
  for (const auto& [name, bytes] : reference) {
    const auto found = files.find(name);
    if (found == files.end()) different += " " + name + " is missing";
    if (found != files.end() && found->second != bytes) different += " " + name + " differs";
  }
  for (const auto& [name, bytes] : files) {
    if (!reference.contains(name)) different += " " + name + " is too much";
  }
  if (!different.empty()) throw Violation("delivered:" + different);
}

}  // namespace viltree::proof
