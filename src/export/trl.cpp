#include "format.hpp"

#include <viltree/codec/json_writer.hpp>
#include <viltree/core/text.hpp>

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

  void convert(const codec::StoredTree& stored, const labels::Options& options,
               Converted& into) const override {
    const std::vector<MeasuredPath> paths = measured_paths(stored.tree, binary(options), into.tally);
    for (const MeasuredPath& path : paths) {
      into.records[0].push_back(record(stored, path));
      for (const double value : path.values) into.tally.labels.add(value);
      const bool sound =
          core::is_utf8(stored.problem.question) && core::is_utf8(stored.tree.prefix(path.nodes.back()));
      into.tally.repaired += sound ? 0 : 1;
    }
    into.tally.rows += paths.size();
  }

  [[nodiscard]] std::string notes(const labels::Options& options) const override {
    const labels::Options rule = binary(options);
    const std::string bound = rule.mode == labels::Mode::kHard
                                  ? "at least one rollout from it is right"
                                  : "its estimate is at least " + threshold(rule);
    return "A row is one solution: `prompt` is the question, `completions` its steps, `labels` one boolean "
           "per "
           "step: true where " +
           bound + ". The estimate is " + describe_estimate(options) +
           ".\n\nThe steps keep their exact text, line ends and blank lines included: joined without "
           "anything "
           "between them they are the solution. So train with `step_separator=\"\"`: the label then stands "
           "on the "
           "last token of each step.\n\n"
           "Limits: the trainer reads text only, so images are not exported. A solution ends before its "
           "first "
           "step that was not measured or not labelled.\n";
  }

 private:
  static labels::Options binary(labels::Options options) {
    if (options.mode == labels::Mode::kSoft) options.mode = labels::Mode::kThreshold;
    return options;
  }

  static std::string threshold(const labels::Options& options) {
    std::string text;
    codec::JsonWriter(text).decimal(options.threshold);
    return text;
  }

  static std::string record(const codec::StoredTree& stored, const MeasuredPath& path) {
    std::string text;
    codec::JsonWriter json(text);
    json.begin_object().key("prompt").text(stored.problem.question).key("completions").begin_array();
    for (const search::NodeId node : path.nodes) json.text(stored.tree.step(node));
    json.end_array().key("labels").begin_array();
    for (const double value : path.values) json.boolean(value > 0);
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
