#include "unit_check.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/journal_repair.hpp>

#include <set>
#include <unordered_set>

#include <tbb/parallel_for.h>

namespace viltree::fsck {

namespace {

constexpr std::string_view kManifestName = "manifest.json";
constexpr std::size_t kShaDigits = 64;
constexpr std::size_t kMostExtension = 8;

/// images/ab/abcdef….png: nothing else is opened, whatever a tree says.
bool is_image_name(const domain::Image& image) {
  const std::string& sha256 = image.sha256;
  const bool is_hash =
      sha256.size() == kShaDigits && sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hash) return false;
  const std::string start = "images/" + sha256.substr(0, 2) + "/" + sha256 + ".";
  if (!image.path.starts_with(start)) return false;
  const std::string extension = image.path.substr(start.size());
  return !extension.empty() && extension.size() <= kMostExtension &&
         extension.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
}

/// What is wrong with an image file; empty where nothing is.
std::string image_complaint(const storage::RunDirectory& run, const domain::Image& image) {
  if (!is_image_name(image)) return "a tree names this image, but it is no name of an image by its sha256";
  const auto bytes = storage::read_file(run.file_system(), run.path(image.path), core::limits::kImageBytes);
  if (!bytes) return bytes.error().message;
  if (core::sha256_hex(*bytes) != image.sha256) return "its bytes are not those that it is named after";
  return {};
}

std::string missing_units(std::uint64_t first, std::uint64_t end) {
  if (end - first == 1) return "unit " + std::to_string(first) + " is not listed";
  return "units " + std::to_string(first) + " to " + std::to_string(end - 1) + " are not listed";
}

class RunCheck {
 public:
  explicit RunCheck(const storage::RunDirectory& run) : run_(run) {}

  core::Result<Report> check() {
    auto lock = run_.lock_state();
    if (!lock) return core::fail(std::move(lock.error()));
    if (lock->held) {
      findings_.note("lock", "process " + std::to_string(lock->process) +
                                 " is at work on the run: what it writes just now may look unfinished");
    }
    storage::Manifest manifest;
    auto loaded = archive::manifest_of(run_);
    if (loaded) {
      manifest = *std::move(loaded);
      ++report_.files;
    } else if (loaded.error().kind == core::ErrorKind::kCorruption) {
      findings_.error(std::string(kManifestName), loaded.error().message);
    } else {
      return core::fail(std::move(loaded.error()));
    }
    check_kernel(manifest);
    check_units(manifest);
    if (loaded) find_unlisted(manifest);
    check_journal(loaded ? manifest.journal_from : 0);
    findings_.hand_over(report_);
    return std::move(report_);
  }

 private:
  void check_kernel(const storage::Manifest& manifest) {
    const std::string name(storage::RunDirectory::kKernelName);
    if (!manifest.kernel) {
      const auto there = run_.file_system().exists(run_.kernel());
      if (there && *there) findings_.note(name, "the manifest does not list it; readers pass it over");
      return;
    }
    ++report_.files;
    const auto fitted = kernels::of_run(run_, manifest);
    if (!fitted) findings_.error(name, fitted.error().message);
    const storage::UnitEntry* first = manifest.find(0);
    if (first != nullptr && !first->complete)
      findings_.error(std::string(kManifestName), "it lists a kernel, but the first unit is not whole");
  }

  void check_units(const storage::Manifest& manifest) {
    std::optional<std::uint64_t> next_row = 0;
    std::uint64_t next_unit = 0;
    for (const storage::UnitEntry& unit : manifest.units) {
      if (unit.unit != next_unit) {
        next_row.reset();
        findings_.note(
            std::string(kManifestName),
            missing_units(next_unit, unit.unit) + ": the next `viltree generate` writes what is missing");
      }
      UnitCheck check(run_, unit, findings_);
      check.check(next_row, report_);
      check_images(check.trees(), unit.unit);
      next_unit = unit.unit + 1;
    }
  }

  void check_images(const std::vector<search::StoredTree>& trees, std::uint64_t unit) {
    std::vector<const domain::Image*> images;
    for (const search::StoredTree& stored : trees) {
      for (const domain::Image& image : stored.problem.images) {
        if (seen_images_.insert(core::hash64(image.path + '\n' + image.sha256)).second)
          images.push_back(&image);
      }
    }
    std::vector<std::string> complaints(images.size());
    tbb::parallel_for(std::size_t{0}, images.size(),
                      [&](std::size_t i) { complaints[i] = image_complaint(run_, *images[i]); });
    for (std::size_t i = 0; i < images.size(); ++i) {
      if (!complaints[i].empty()) findings_.add({images[i]->path, complaints[i], Severity::kError, unit});
    }
    report_.images += images.size();
  }

  void find_unlisted(const storage::Manifest& manifest) {
    std::set<std::string> listed;
    for (const storage::UnitEntry& unit : manifest.units)
      listed.insert({unit.tree_archive.path, unit.shard.path});
    for (const std::string folder : {"trees", "shards"}) {
      const auto there = run_.file_system().exists(run_.path(folder));
      if (there && !*there && listed.empty()) continue;
      const auto names = run_.file_system().list(run_.path(folder));
      if (!names) {
        findings_.error(folder, names.error().message);
        continue;
      }
      for (const std::string& name : *names) {
        const std::string path = folder + "/" + name;
        if (!listed.contains(path))
          findings_.note(path, "the manifest does not list it; readers pass it over");
      }
    }
  }

  void check_journal(std::uint64_t needed_from) {
    const auto decode = [&](std::string_view record, std::uint64_t segment) -> core::Status {
      ++report_.journal_answers;
      const auto decoded = codec::decode_record(record);
      if (!decoded) {
        findings_.error("journal", "segment " + std::to_string(segment) + ", answer " +
                                       std::to_string(report_.journal_answers) + ": " +
                                       decoded.error().message);
      }
      return {};
    };
    const auto survey = storage::survey_journal(run_.file_system(), run_.journal(), decode);
    if (!survey) return findings_.error("journal", survey.error().message);
    const storage::JournalSummary& summary = survey->summary;
    report_.journal_frames = summary.frames;
    report_.files += survey->segments.size();
    const bool cut_by_power_loss = summary.torn.lost_frames > 0;
    for (const storage::JournalDamage& damage : survey->damages) {
      const bool is_tear = cut_by_power_loss && damage.segment == summary.torn.segment;
      findings_.add(
          {"journal", "journal: " + storage::describe(damage), is_tear ? Severity::kNote : Severity::kError});
    }
    if (const std::string missing = missing_segments(summary, needed_from); !missing.empty())
      findings_.error("journal", missing);
    if (summary.lost_frames > 0)
      findings_.note("journal", core::counted(summary.lost_frames, "frame") +
                                    " of it were lost before an earlier repair");
    tell_torn(summary.torn);
  }

  /// What the manifest needs and is not there at the journal's start or end; empty where nothing is.
  static std::string missing_segments(const storage::JournalSummary& summary, std::uint64_t needed_from) {
    const std::uint64_t first = summary.first_segment;
    if (summary.last_segment + 1 < needed_from) {
      return "journal: segment " + std::to_string(needed_from - 1) +
             " is missing: the answers of trees that are not committed are lost";
    }
    if (first <= needed_from || needed_from == 0) return {};
    return "journal: segments " + std::to_string(needed_from) + " to " + std::to_string(first - 1) +
           " are missing: their answers are lost where the unit is not committed";
  }

  void tell_torn(const storage::TornTail& torn) {
    if (torn.bytes == 0) return;
    findings_.note("journal", "segment " + std::to_string(torn.segment) + " ends in " +
                                  core::counted(torn.bytes, "byte") +
                                  " of an unfinished write, as a crash leaves it (" +
                                  core::counted(torn.lost_frames, "whole frame") +
                                  " behind it); the next session cuts it off and keeps the whole frames");
  }

  const storage::RunDirectory& run_;
  Findings findings_;
  Report report_;
  std::unordered_set<std::uint64_t> seen_images_;  // hashes: 8 bytes an image, whatever its name's length
};

}  // namespace

core::Result<Report> check_run(const storage::RunDirectory& run) {
  return RunCheck(run).check();
}

}  // namespace viltree::fsck
