#include "format.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/stored_tree.hpp>

#include <array>

namespace viltree::exports {

namespace {

constexpr std::array<FileSpec, 1> kFiles = {{{"data.jsonl"}}};

/// TRL's stepwise supervision: its PRM trainer turns every label into a whole number, so that a soft one
/// would become 0; labels are booleans.
class Trl final : public Format {
 public:
  [[nodiscard]] FormatInfo info() const override {
    return {"trl", "data.jsonl of {prompt, completions[], labels[]} with booleans, for TRL's PRM trainer"};
  }
  [[nodiscard]] std::span<const FileSpec> files() const override { return kFiles; }
  [[nodiscard]] bool packs_images() const override { return false; }

  [[nodiscard]] labels::Options adapted(labels::Options options) const override {
    if (options.mode == &labels::soft()) options.mode = &labels::threshold();
    return options;
  }

  void convert(const search::StoredTree& stored, const labels::Options& options,
               Converted& into) const override {
    const MeasuredPaths measured = measured_paths(stored.tree, options);
    for (const MeasuredPath& path : measured.paths) {
      std::vector<bool> good;
      for (const double value : path.values) good.push_back(labels::is_good(value, options));
      into.records[0].push_back(record(stored, path, good));
      for (const bool label : good) into.tally.labels.add(label ? 1 : 0);
      const bool sound =
          core::is_utf8(stored.problem.question) && core::is_utf8(stored.tree.prefix(path.nodes.back()));
      into.tally.repaired += sound ? 0 : 1;
    }
    into.tally.rows += measured.paths.size();
    into.tally.cut_paths += measured.cut;
    into.tally.unmeasured_paths += measured.unmeasured;
    into.tally.left_out.add(measured.left_out);
  }

  [[nodiscard]] std::string notes(const labels::Options& options) const override {
    return "A row is one solution: `prompt` is the question, `completions` its steps, `labels` one boolean "
           "per step: true where " +
           describe_good(options) + ". " + describe_rollouts(options) +
           "\n\nThe steps keep their exact text, line ends and blank lines included: joined without "
           "anything between them they are the solution. So train with `step_separator=\"\"`: the label then "
           "stands on the last token of each step.\n\n"
           "Limits: the trainer reads text only, so images are not exported. A solution ends before its "
           "first step that was not measured or not labelled.\n";
  }

 private:
  static std::string record(const search::StoredTree& stored, const MeasuredPath& path,
                            const std::vector<bool>& good) {
    std::string text;
    json::Writer json(text);
    json.begin_object().key("prompt").text(stored.problem.question).key("completions").begin_array();
    for (const search::NodeId node : path.nodes) json.text(stored.tree.step(node));
    json.end_array().key("labels").begin_array();
    for (const bool label : good) json.boolean(label);
    json.end_array().end_object();
    return text;
  }
};

}  // namespace

const Format& trl() {
  static const Trl kFormat;
  return kFormat;
}

}  // namespace viltree::exports
