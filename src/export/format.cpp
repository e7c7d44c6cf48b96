#include "format.hpp"

#include <viltree/core/table.hpp>
#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/labels/modes.hpp>

#include <algorithm>
#include <array>

namespace viltree::exports {

namespace {

/// The part of a path before its first step without a value.
MeasuredPath measured_part(const labels::LabelledPath& path) {
  MeasuredPath part;
  for (std::size_t i = 0; i < path.nodes.size() && path.values[i]; ++i) {
    part.nodes.push_back(path.nodes[i]);
    part.values.push_back(*path.values[i]);
  }
  return part;
}

/// Without the paths that end inside another, or where another ends.
std::vector<MeasuredPath> longest(std::vector<MeasuredPath> paths, std::size_t tree_size) {
  std::vector<bool> covered(tree_size);
  for (const MeasuredPath& path : paths) {
    for (std::size_t i = 0; i + 1 < path.nodes.size(); ++i) covered[path.nodes[i].value] = true;
  }
  const auto redundant = [&covered](const MeasuredPath& path) {
    const std::uint32_t end = path.nodes.back().value;
    const bool known = covered[end];
    covered[end] = true;
    return known;
  };
  std::vector<MeasuredPath> kept;
  for (MeasuredPath& path : paths) {
    if (!redundant(path)) kept.push_back(std::move(path));
  }
  return kept;
}

}  // namespace

/// In alphabetical order.
static std::span<const Format* const> table() {
  static const std::array kTable = {
      VILTREE_ROW(Format, pairwise),
      VILTREE_ROW(Format, trl),
      VILTREE_ROW(Format, vilreward),
      VILTREE_ROW(Format, visualprm),
  };
  return kTable;
}

std::span<const FormatInfo> formats() {
  static const std::vector<FormatInfo> kInfos = [] {
    std::vector<FormatInfo> infos;
    for (const Format* format : table()) infos.push_back(format->info());
    return infos;
  }();
  return kInfos;
}

core::Result<const Format*> find_format(std::string_view name) {
  std::string known;
  for (const Format* format : table()) {
    if (format->info().name == name) return format;
    known += (known.empty() ? "" : ", ") + std::string(format->info().name);
  }
  return core::fail(core::ErrorKind::kInvalidInput,
                    "there is no export format \"" + core::printable(name) + "\"; there are " + known);
}

MeasuredPaths measured_paths(const search::Tree& tree, const labels::Options& options) {
  const std::vector<labels::NodeLabel> labels = labels::tree_labels(tree, options);
  MeasuredPaths found;
  found.left_out = labels::left_out(labels);
  std::vector<MeasuredPath> paths;
  for (const labels::LabelledPath& labelled : labels::labelled_paths(tree, labels)) {
    MeasuredPath part = measured_part(labelled);
    if (part.nodes.empty()) {
      ++found.unmeasured;
      continue;
    }
    found.cut += part.nodes.size() < labelled.nodes.size() ? 1 : 0;
    paths.push_back(std::move(part));
  }
  paths = longest(std::move(paths), tree.size());
  std::vector<bool> good;
  for (const MeasuredPath& path : paths) {
    good.push_back(std::all_of(path.values.begin(), path.values.end(),
                               [&](double value) { return labels::is_good(value, options); }));
  }
  const labels::Kept kept = labels::balance_and_cap(good, options);
  for (const std::size_t place : kept.places) found.paths.push_back(std::move(paths[place]));
  found.left_out.add(kept.left_out);
  return found;
}

std::string describe_estimate(const labels::Options& options) {
  return options.truncated_is_wrong
             ? "right / (right + wrong + truncated): a rollout that the length limit cut off counts as wrong"
             : "right / (right + wrong): a rollout that the length limit cut off does not count";
}

std::string describe_rollouts(const labels::Options& options) {
  if (options.mode->of_evidence != nullptr) return "The estimate is " + describe_estimate(options) + ".";
  return options.truncated_is_wrong ? "A rollout that the length limit cut off counts as wrong."
                                    : "A rollout that the length limit cut off does not count.";
}

std::string describe_good(const labels::Options& options) {
  const labels::ModeInfo& mode = *options.mode;
  const std::string threshold = decimal(options.threshold);
  if (!mode.good_where.empty()) {
    std::string where(mode.good_where);
    if (const std::size_t mark = where.find('%'); mark != std::string::npos)
      where.replace(mark, 1, threshold);
    return where;
  }
  const std::string label = "its label of the mode `" + std::string(mode.name) + "` is ";
  switch (mode.good_side) {
    case labels::GoodSide::kAboveZero:
      return label + "1";
    case labels::GoodSide::kNotBelowZero:
      return label + "not below 0";
    case labels::GoodSide::kThreshold:
      break;
  }
  return label + "at least " + threshold;
}

std::string decimal(double value) {
  std::string text;
  json::Writer(text).decimal(value);
  return text;
}

}  // namespace viltree::exports
