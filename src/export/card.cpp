#include "card.hpp"

#include <viltree/core/text.hpp>
#include <viltree/labels/modes.hpp>

#include <array>
#include <cstdio>

namespace viltree::exports {

namespace {

/// Text of a model, a file or a user as code in a Markdown table.
std::string code(std::string_view text) {
  std::string safe = core::printable(text);
  for (char& c : safe) {
    if (c == '`' || c == '|' || c == '\n' || c == '\t') c = ' ';
  }
  return "`" + safe + "`";
}

std::string number(std::uint64_t value) {
  return core::with_thousands(value);
}

std::string fraction(double part, std::uint64_t all) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4f", all == 0 ? 0.0 : part / static_cast<double>(all));
  return text.data();
}

std::string line(std::string_view what, const std::string& value) {
  return "| " + std::string(what) + " | " + value + " |\n";
}

std::string line_if(std::string_view what, std::uint64_t count) {
  return count == 0 ? std::string() : line(what, number(count));
}

std::string counted(const std::map<std::string, std::uint64_t>& names, std::string_view unit) {
  std::string all;
  for (const auto& [name, count] : names) {
    all += (all.empty() ? "" : ", ") + code(name) + " (" + number(count) + " " + std::string(unit) + ")";
  }
  return all.empty() ? "none" : all;
}

/// For `datasets`: one configuration per file, since their rows differ.
std::string head(const Format& format) {
  std::string text = "---\nconfigs:\n";
  for (const FileSpec& file : format.files()) {
    const bool first = &file == &format.files().front();
    const std::string_view stem = file.name.substr(0, file.name.find('.'));
    text += "- config_name: " + std::string(first ? "default" : stem) +
            "\n  data_files: " + std::string(file.name) + "\n";
  }
  return text + "---\n\n";
}

std::string left_out(const Tally& tally) {
  std::string text = line_if("judgements", tally.judgements) +
                     line_if("of these, of no solution that was read", tally.judgements - tally.judged);
  for (std::size_t i = 0; i < labels::kFilters; ++i) {
    const auto filter = static_cast<labels::Filter>(i);
    text += line_if("left out: " + std::string(labels::describe(filter)), tally.left_out.of(filter));
  }
  return text + line_if("problems of which the filters left no row", tally.trees_left_out);
}

std::string origin(const storage::Manifest& manifest, const Tally& tally) {
  std::uint64_t problems = 0;
  std::uint64_t rejected = 0;
  for (const storage::UnitEntry& unit : manifest.units) {
    problems += unit.problems;
    rejected += unit.rejected;
  }
  return line("policy", counted(tally.policies, "rollouts")) +
         line("strategy", counted(tally.strategies, "trees")) +
         line("configuration", code(manifest.config_hash)) +
         line("program", code("viltree " + manifest.program)) +
         line("problems in the data set", number(manifest.total_problems)) +
         line("problems in finished units", number(problems)) +
         line_if("of these, put aside as bad", rejected) + line("trees read", number(tally.trees)) +
         line_if("of these, stopped by their budget", tally.stopped_by_budget) +
         line_if("of these, about images", tally.trees_with_images) +
         line("problems with rows", number(tally.trees_with_rows)) + line("rows", number(tally.rows)) +
         line_if("solutions ended early, at a step without a value", tally.cut_paths) +
         line_if("solutions left out, without a value at their first step", tally.unmeasured_paths) +
         line_if("solutions left out, with a reserved mark in a step", tally.marked_paths) + left_out(tally) +
         line_if("rows with bytes that were not UTF-8, repaired", tally.repaired);
}

std::string kernel_of(const ExportOptions& options) {
  if (options.kernel_trees == 0) return "built-in";
  return "fitted on " + number(options.kernel_trees) + " trees";
}

std::string label_options(const ExportOptions& all) {
  const labels::Options& options = all.labels;
  std::array<char, 32> threshold{};
  std::snprintf(threshold.data(), threshold.size(), "%g", options.threshold);
  return line("label mode", code(options.mode->name)) + line("threshold", threshold.data()) +
         line("truncated rollouts", options.truncated_is_wrong ? "wrong" : "not counted") +
         line_if("least non-blank bytes of a step", options.min_chars) +
         line_if("most non-blank bytes of a step", options.max_chars) +
         line_if("most rows of one side for a row of the other", options.balance) +
         line("most rows of a problem",
              options.rows_per_problem == 0 ? "no limit" : number(options.rows_per_problem)) +
         line("kernel of the posterior values", kernel_of(all));
}

std::string label_statistics(const LabelTally& labels) {
  std::string text = line("labels", number(labels.labels)) +
                     line("mean", fraction(labels.sum, labels.labels)) + line_if("below 0", labels.negative) +
                     line("share of 0", fraction(static_cast<double>(labels.zeros), labels.labels)) +
                     line("share of 1", fraction(static_cast<double>(labels.ones), labels.labels));
  for (std::size_t i = 0; i < labels.tenths.size(); ++i) {
    const bool last = i + 1 == labels.tenths.size();
    const std::string upper = last ? "1]" : "0." + std::to_string(i + 1) + ")";
    text += line("[0." + std::to_string(i) + ", " + upper, number(labels.tenths[i]));
  }
  return text;
}

std::string file_list(const ExportSummary& summary) {
  std::string text = "| file | bytes | SHA-256 |\n| --- | ---: | --- |\n";
  for (const ExportedFile& file : summary.files) {
    text += "| `" + file.name + "` | " + number(file.bytes) + " | `" + file.sha256 + "` |\n";
  }
  return text;
}

}  // namespace

std::string make_card(const Format& format, const ExportOptions& options, const storage::Manifest& manifest,
                      const Tally& tally, const ExportSummary& summary) {
  const labels::ModeInfo& mode = *options.labels.mode;
  const std::string table = "| | |\n| --- | --- |\n";
  return head(format) + "# Step labels in the form `" + std::string(format.info().name) +
         "`\n\nThe label of a step is " + std::string(mode.meaning) + ".\n\n" + table +
         origin(manifest, tally) + label_options(options) + "\n## Labels\n\n" + table +
         label_statistics(tally.labels) + "\n## Files\n\n" + file_list(summary) + "\n## Reading them\n\n" +
         format.notes(options.labels) +
         "\nText comes from models and was not reviewed. A label is an estimate: " +
         std::string(mode.certainty) + ".\n";
}

}  // namespace viltree::exports
