#include "answer_counts.hpp"
#include "unit_files.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/text.hpp>
#include <viltree/fsck/fsck.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/repair/repair.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace viltree::repair {

namespace {

using core::ErrorKind;
using fsck::Finding;
using fsck::Report;
using storage::Manifest;
using storage::UnitEntry;

std::string name_of(const UnitEntry& unit) {
  return "unit " + std::to_string(unit.unit) + " (problems " + std::to_string(unit.first_problem) + " to " +
         std::to_string(unit.first_problem + std::max<std::uint64_t>(unit.problems, 1) - 1) + ")";
}

std::uint64_t count_of(const UnitEntry& unit, const std::string& name) {
  const auto found = unit.counts.find(name);
  return found == unit.counts.end() ? 0 : found->second;
}

/// Nothing of an image's name that a tree says may lead out of images/.
bool is_in_images(const std::string& file) {
  return file.starts_with("images/") && file.find("..") == std::string::npos;
}

class Planner {
 public:
  Planner(const storage::RunDirectory& run, const Facts& facts) : run_(run), facts_(facts) {}

  core::Result<Plan> plan() {
    auto loaded = storage::load_manifest(run_.file_system(), run_.manifest());
    if (!loaded && loaded.error().kind != ErrorKind::kCorruption) return core::fail(loaded.error());
    auto known = AnswerCounts::read(run_, plan_.journal);
    if (!known) return core::fail(known.error());
    known_ = *std::move(known);
    plan_journal();
    const bool has_manifest = loaded && *loaded;
    if (has_manifest) {
      manifest_ = **loaded;
      if (auto done = plan_files(); !done) return core::fail(done.error());
    } else {
      const std::string why = loaded ? "manifest.json is missing" : loaded.error().message;
      if (auto done = plan_manifest(why); !done) return core::fail(done.error());
    }
    if (plan_.manifest) need_whole_journal();
    return std::move(plan_);
  }

 private:
  void say(std::string line) { plan_.lines.push_back(std::move(line)); }

  // The journal.

  void plan_journal() {
    const storage::JournalSurvey& journal = plan_.journal;
    for (const storage::JournalDamage& damage : journal.damages) say("journal/" + storage::describe(damage));
    plan_.lost_frames = journal.lost_frames();
    if (!journal.sound()) tell_rewriting();
    if (known_.unreadable() > 0) {
      plan_.beyond_repair.push_back(
          "journal: " + core::counted(known_.unreadable(), "answer") +
          " cannot be read though the bytes are those that were written; was it another version of viltree?");
    }
  }

  void tell_rewriting() {
    const storage::JournalSurvey& journal = plan_.journal;
    std::uint64_t segments = 0;
    std::uint64_t frames = 0;
    for (const storage::SegmentSurvey& segment : journal.segments) {
      segments += segment.rewritten ? 1 : 0;
      frames += segment.rewritten ? segment.frames.size() : 0;
    }
    plan_.rewrites_journal = segments > 0;
    say("  -> " + core::counted(segments, "segment") + " of the journal are written anew with their " +
        core::counted(frames, "intact frame") + "; what is damaged is kept in damaged/journal");
    const std::uint64_t answers = journal.summary.records;
    std::string lost = "  -> lost: " + core::counted(plan_.lost_frames, "frame") + ", " +
                       core::counted(journal.damaged_bytes(), "byte");
    if (plan_.lost_frames > 0 && journal.summary.frames > 0) {
      lost += "; a frame holds " +
              core::with_thousands((answers + journal.summary.frames - 1) / journal.summary.frames) +
              " answers on average. They are asked for again where their unit is not committed";
    }
    say(lost);
  }

  // What the manifest lists.

  core::Status plan_files() {
    auto report = fsck::check_run(run_);
    if (!report) return core::fail(report.error());
    look_at_images(*report);
    for (const auto& [unit, contents] : report->damaged_units) {
      if (auto done = plan_unit(unit, contents, *report); !done) return done;
    }
    const bool kernel_damaged =
        std::any_of(report->findings.begin(), report->findings.end(), [](const Finding& finding) {
          return finding.file == storage::RunDirectory::kKernelName &&
                 finding.severity == fsck::Severity::kError;
        });
    if (kernel_damaged) {
      if (auto done = plan_kernel(); !done) return done;
    }
    const std::uint64_t first = first_segment();
    const std::uint64_t last = plan_.journal.summary.last_segment;
    if (first > manifest_.journal_from || last + 1 < manifest_.journal_from) {
      say("manifest.json: it needs segments of the journal that are not there");
      say("  -> the manifest is written to go on with those that are; answers of trees that are not "
          "committed are asked for again where they were lost");
      changed();
    }
    return {};
  }

  void changed() { plan_.manifest = manifest_; }

  void look_at_images(const Report& report) {
    for (const Finding& finding : report.findings) {
      if (!finding.unit || !is_in_images(finding.file)) continue;
      bad_images_[*finding.unit].push_back(finding.file);
    }
  }

  /// The journal has all that the unit's trees were grown from.
  [[nodiscard]] bool is_known(const UnitEntry& unit) const {
    const std::uint64_t needed = count_of(unit, "answers");
    return needed > 0 && known_.of(unit) >= needed;
  }

  core::Status plan_unit(std::uint64_t number_of_unit, bool contents, const Report& report) {
    const UnitEntry* found = manifest_.find(number_of_unit);
    if (found == nullptr) return {};
    const UnitEntry unit = *found;
    for (const Finding& finding : report.findings) {
      if (finding.unit == unit.unit && finding.severity == fsck::Severity::kError)
        say(finding.what.find(finding.file) == std::string::npos ? finding.file + ": " + finding.what
                                                                 : finding.what);
    }
    if (!contents && !is_known(unit)) return list_again(unit);
    if (only_images(unit, report) && !is_known(unit)) {
      plan_.beyond_repair.push_back(
          "the images of " + name_of(unit) +
          " can only be had from the data set: the journal has not all of the unit's answers, and asking for "
          "them again would cost more. Put the image files back");
      return {};
    }
    take_out(unit);
    return {};
  }

  [[nodiscard]] bool only_images(const UnitEntry& unit, const Report& report) const {
    return std::none_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
      return finding.unit == unit.unit && finding.severity == fsck::Severity::kError &&
             !is_in_images(finding.file);
    });
  }

  void take_out(const UnitEntry& unit) {
    plan_.aside.push_back(unit.tree_archive.path);
    plan_.aside.push_back(unit.shard.path);
    for (const std::string& image : bad_images_[unit.unit]) plan_.aside.push_back(image);
    std::erase_if(manifest_.units, [&](const UnitEntry& entry) { return entry.unit == unit.unit; });
    say("  -> " + name_of(unit) +
        " is taken out of the manifest, and its files are moved to damaged/: " + price_of(unit));
    changed();
  }

  std::string price_of(const UnitEntry& unit) {
    const std::uint64_t needed = count_of(unit, "answers");
    const std::uint64_t known = std::min(known_.of(unit), needed);
    plan_.known_answers += known;
    plan_.asked_again += needed - known;
    if (is_known(unit)) {
      return "the journal has its " + core::counted(needed, "answer") +
             ", so that the same `generate` command writes it again and asks nothing";
    }
    std::string price = "the journal has " + core::with_thousands(known) + " of its " +
                        core::counted(needed, "answer") + ", so that `generate` ASKS AGAIN for " +
                        core::with_thousands(needed - known);
    const std::uint64_t tokens = count_of(unit, "completion_tokens");
    if (needed > 0 && tokens > 0) {
      const double share = static_cast<double>(needed - known) / static_cast<double>(needed);
      price += ", about " + core::counted(static_cast<std::uint64_t>(share * static_cast<double>(tokens)),
                                          "generated token");
    }
    return price;
  }

  /// The files are whole, and it is the manifest that has other numbers.
  core::Status list_again(const UnitEntry& unit) {
    auto entry = read_unit_files(run_, unit.unit);
    if (!entry) {
      take_out(unit);
      return {};
    }
    entry->first_problem = unit.first_problem;
    entry->problems = unit.problems;
    entry->complete = unit.complete;
    entry->rejected = unit.complete && entry->trees <= unit.problems ? unit.problems - entry->trees : 0;
    for (const auto& [name, count] : unit.counts) entry->counts.try_emplace(name, count);
    manifest_.put(*std::move(entry));
    say("  -> the files of " + name_of(unit) +
        " are whole, so that the manifest is written to list them as they are");
    changed();
    return {};
  }

  // The kernel.

  core::Status plan_kernel() {
    const std::string name(storage::RunDirectory::kKernelName);
    say(name + ": it is missing, or not what the manifest lists");
    const UnitEntry* first = manifest_.find(0);
    if (first == nullptr) {
      plan_.aside.push_back(name);
      manifest_.kernel.reset();
      say("  -> it is fitted again when the first unit is whole again");
      changed();
      return {};
    }
    const auto trees = read_trees(run_, first->tree_archive.path);
    if (!trees) return core::fail(trees.error());
    std::vector<const search::Tree*> all;
    for (const search::Tree& tree : *trees) all.push_back(&tree);
    const storage::FileEntry listed = *manifest_.kernel;
    const auto stored = kernels::load(run_.file_system(), run_.kernel());
    for (const bool truncated_is_wrong : {true, false}) {
      plan_.kernel = kernels::fit(all, kernels::kPilotTrees, truncated_is_wrong);
      const storage::FileEntry fitted = kernels::entry_of(*plan_.kernel);
      if (stored && fitted == kernels::entry_of(*stored)) {
        say("  -> it is what the trees of the first unit give, so that the manifest is written to list it");
        plan_.kernel.reset();
        manifest_.kernel = fitted;
        changed();
        return {};
      }
      if (fitted == listed) {
        plan_.aside.push_back(name);
        say("  -> it is fitted again on the trees of the first unit, and is the same to the byte");
        return {};
      }
      manifest_.kernel = fitted;
    }
    plan_.aside.push_back(name);
    say("  -> it is fitted again on the trees of the first unit. It is not the same to the byte as the one "
        "that the rows rest on, whose values stay as they are");
    changed();
    return {};
  }

  // The manifest.

  [[nodiscard]] std::uint64_t first_segment() const {
    return std::max<std::uint64_t>(plan_.journal.summary.first_segment, 1);
  }

  /// Nothing of the journal was ever removed or lost.
  [[nodiscard]] bool journal_has_everything() const {
    const storage::JournalSummary& summary = plan_.journal.summary;
    return summary.first_segment == 1 && summary.lost_frames == 0 && plan_.lost_frames == 0 &&
           plan_.journal.sound();
  }

  core::Status plan_manifest(const std::string& why) {
    const auto units = units_on_disk(run_);
    if (!units) return core::fail(units.error());
    const auto config = run_.file_system().exists(run_.config());
    if (!config) return core::fail(config.error());
    if (!*config) {
      return core::fail(ErrorKind::kInvalidInput,
                        "'" + run_.root().string() + "' is not a run directory: it has no run.yaml");
    }
    say(why);
    manifest_ = {};
    manifest_.program = facts_.version;
    manifest_.config_hash = facts_.config_hash;
    manifest_.journal_from = first_segment();
    if (journal_has_everything()) {
      say("  -> an empty one is written: the journal has every answer of the run, " +
          core::with_thousands(plan_.journal.summary.records) +
          ", so that the same `generate` command commits all units again and asks nothing");
    } else if (auto done = list_what_is_whole(*units); !done) {
      return done;
    }
    changed();
    return {};
  }

  core::Status list_what_is_whole(const std::vector<std::uint64_t>& units) {
    const std::optional<archive::Progress> status = read_status();
    if (status) manifest_.total_problems = status->problems;
    std::uint64_t answers = 0;
    for (const std::uint64_t unit : units) {
      auto entry = read_unit_files(run_, unit);
      if (!entry && entry.error().kind != ErrorKind::kCorruption &&
          entry.error().kind != ErrorKind::kPermanent)
        return core::fail(entry.error());
      if (entry && place(*entry, status)) {
        manifest_.put(*std::move(entry));
        continue;
      }
      plan_.aside.push_back(storage::RunDirectory::tree_archive_name(unit));
      plan_.aside.push_back(storage::RunDirectory::shard_name(unit));
      say("  unit " + std::to_string(unit) +
          ": its files are not whole, or it is not known whether all its problems are in them; they are "
          "moved to damaged/, and `generate` writes it again, and asks for what the journal has not");
    }
    for (const UnitEntry& entry : manifest_.units) answers += count_of(entry, "answers");
    if (const auto kernel = kernels::load(run_.file_system(), run_.kernel()); kernel && manifest_.find(0))
      manifest_.kernel = kernels::entry_of(*kernel);
    say("  -> it is written anew from what is whole on the disk: " +
        core::counted(manifest_.units.size(), "unit") + " with " + core::counted(answers, "answer") +
        (manifest_.kernel ? ", and the kernel" : ""));
    return {};
  }

  /// None where it cannot be read: then less is known.
  [[nodiscard]] std::optional<archive::Progress> read_status() const {
    const auto text = storage::read_file(run_.file_system(), run_.status(), core::limits::kMiB);
    if (!text) return std::nullopt;
    auto progress = archive::progress_from_json(*text);
    if (!progress) return std::nullopt;
    return *std::move(progress);
  }

  /// The unit's problems, where it is sure that none is missing: its trees are as many, or those that are not
  /// there were put aside as no problems, by what status.json says of a finished run.
  [[nodiscard]] bool place(UnitEntry& entry, const std::optional<archive::Progress>& status) const {
    entry.first_problem = entry.unit * facts_.unit_size;
    entry.problems = facts_.unit_size;
    const bool finished = status && status->state == archive::State::kFinished;
    if (finished && status->problems > entry.first_problem)
      entry.problems = std::min(facts_.unit_size, status->problems - entry.first_problem);
    if (entry.trees > entry.problems || (entry.trees < entry.problems && !finished)) return false;
    entry.rejected = entry.problems - entry.trees;
    entry.complete = true;
    return true;
  }

  /// Units that are written again need their answers, wherever they are.
  void need_whole_journal() {
    plan_.manifest = manifest_;
    plan_.manifest->journal_from = first_segment();
  }

  const storage::RunDirectory& run_;
  const Facts& facts_;
  AnswerCounts known_;
  Manifest manifest_;  // as it is going to be
  std::map<std::uint64_t, std::vector<std::string>> bad_images_;
  Plan plan_;
};

}  // namespace

core::Result<Plan> plan_repair(const storage::RunDirectory& run, const Facts& facts) {
  return Planner(run, facts).plan();
}

}  // namespace viltree::repair
