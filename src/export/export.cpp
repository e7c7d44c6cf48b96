#include "format.hpp"
#include "judgements.hpp"
#include "writer.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/export/export.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/stored_tree.hpp>

#include <utility>
#include <vector>

namespace viltree::exports {

namespace {

void describe(const search::StoredTree& stored, Tally& tally) {
  ++tally.trees;
  ++tally.strategies[stored.strategy];
  tally.trees_with_images += stored.problem.images.empty() ? 0 : 1;
  tally.stopped_by_budget += stored.stopped_by_budget ? 1 : 0;
  const auto policies = stored.tree.policies();
  std::vector<std::uint64_t> rollouts(policies.size());
  for (const search::RolloutRecord& rollout : stored.tree.rollouts()) ++rollouts[rollout.policy];
  for (std::size_t i = 0; i < rollouts.size(); ++i) tally.policies[policies[i]] += rollouts[i];
}

/// Trees become records; the writer gets these in order.
class Conversion {
 public:
  Conversion(const Format& format, const labels::Options& options, const Judgements& judgements)
      : format_(format), options_(options), judgements_(judgements) {}

  [[nodiscard]] Converted nothing_yet() const {
    Converted converted;
    converted.records.resize(format_.files().size());
    return converted;
  }

  core::Status add(Converted& into, const search::StoredTree& stored) const {
    describe(stored, into.tally);
    const std::uint64_t before = into.tally.rows;
    const std::uint64_t left_out = into.tally.left_out.total();
    labels::Options options = options_;
    const auto judged = judgements_.of(stored);
    if (!judged) return core::fail(judged.error());
    options.judged = *judged;
    into.tally.judged += judged->size();
    format_.convert(stored, options, into);
    const bool has_rows = into.tally.rows > before;
    into.tally.trees_with_rows += has_rows ? 1 : 0;
    into.tally.trees_left_out += !has_rows && into.tally.left_out.total() > left_out ? 1 : 0;
    return {};
  }

 private:
  const Format& format_;
  const labels::Options& options_;
  const Judgements& judgements_;
};

/// "the label mode consensus"
std::string modes_with_judgements() {
  std::string names;
  for (const labels::ModeInfo* mode : labels::modes()) {
    if (mode->needs_judgements)
      names += (names.empty() ? "the label mode " : " or ") + std::string(mode->name);
  }
  return names;
}

core::Status check(const labels::Options& labels, bool has_judgements) {
  const auto wrong = [](const std::string& what) { return core::fail(core::ErrorKind::kInvalidInput, what); };
  if (labels.threshold < 0 || labels.threshold > 1)
    return wrong("the labels' threshold is " + std::to_string(labels.threshold) + ", it must be from 0 to 1");
  const bool needs = labels.mode->needs_judgements;
  const std::string mode(labels.mode->name);
  if (needs && !has_judgements)
    return wrong("the label mode " + mode + " needs a file with what a judge says (--judgements)");
  if (!needs && has_judgements)
    return wrong("judgements are for " + modes_with_judgements() + ", but these labels are " + mode);
  return {};
}

}  // namespace

core::Result<ExportSummary> run_export(storage::FileSystem& fs, const storage::Path& run,
                                       const ExportOptions& options) {
  const auto format = find_format(options.format);
  if (!format) return core::fail(format.error());
  const labels::Options labels = (*format)->adapted(options.labels);
  const bool has_judgements = !options.judgements.empty();
  if (core::Status checked = check(labels, has_judgements); !checked)
    return core::fail(std::move(checked.error()));
  const storage::RunDirectory directory(fs, run);
  const auto manifest = archive::manifest_with_units(directory);
  if (!manifest) return core::fail(manifest.error());
  const auto judgements =
      has_judgements ? Judgements::load(fs, options.judgements) : core::Result<Judgements>(Judgements());
  if (!judgements) return core::fail(judgements.error());
  const auto writer = Writer::create(fs, run, options.out, **format);
  if (!writer) return core::fail(writer.error());
  const Conversion conversion(**format, labels, *judgements);
  archive::TreeWork<Converted> work;
  work.begin = [&] { return conversion.nothing_yet(); };
  work.add = [&](Converted& into, const search::StoredTree& stored) { return conversion.add(into, stored); };
  work.take = [&](const Converted& converted) { return (*writer)->write(converted); };
  if (auto done = archive::for_each_tree(directory, *manifest, options.threads, work); !done)
    return core::fail(std::move(done.error()));
  (*writer)->count_judgements(judgements->size());
  ExportOptions used = options;
  used.labels = labels;
  return (*writer)->finish(used, *manifest);
}

}  // namespace viltree::exports
