#include "format.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/stored_tree.hpp>

#include <array>

namespace viltree::exports {

namespace {

constexpr std::array<FileSpec, 1> kFiles = {{{"data.json", Layout::kArray, true}}};

/// Rows as ViLReward-73K publishes them: one per step, the solution up to it and its value.
class ViLReward final : public Format {
 public:
  [[nodiscard]] FormatInfo info() const override {
    return {"vilreward", "data.json, an array of {index, image_path, question, process, value}; images.zip"};
  }
  [[nodiscard]] std::span<const FileSpec> files() const override { return kFiles; }
  [[nodiscard]] bool packs_images() const override { return true; }

  void convert(const search::StoredTree& stored, const labels::Options& options,
               Converted& into) const override {
    const labels::Selection selection = labels::select_rows(stored.tree, options);
    const std::vector<domain::LabelRow> rows =
        labels::rows(stored.problem, stored.tree, selection, options, {});
    for (const domain::LabelRow& row : rows) {
      into.records[0].push_back(record(row));
      into.tally.labels.add(*row.value);
      into.tally.repaired += core::is_utf8(row.question) && core::is_utf8(row.process) ? 0 : 1;
    }
    into.tally.rows += rows.size();
    into.tally.left_out.add(selection.left_out);
    const bool shown = !rows.empty() && !stored.problem.images.empty();
    if (shown) into.images.push_back(stored.problem.images.front());
  }

  [[nodiscard]] std::string notes(const labels::Options& options) const override {
    return "`data.json` is one JSON array. A row is one step: `process` is the solution from its start "
           "through this step, `value` its label of the mode `" +
           std::string(options.mode->name) + "`. " + describe_rollouts(options) +
           " `image_path` is the name of the image in `images.zip`; it is empty for a question without an "
           "image.\n\n"
           "Limits: of a problem with several images only the first is named and packed. A step that was not "
           "measured has no row.\n";
  }

 private:
  static std::string record(const domain::LabelRow& row) {
    std::string text;
    text.reserve(row.question.size() + row.process.size() + 128);
    json::Writer json(text);
    json.begin_object().key("image_path").text(row.image_path).key("question").text(row.question);
    json.key("process").text(row.process).key("value").decimal_or_null(row.value).end_object();
    return text;
  }
};

}  // namespace

const Format& vilreward() {
  static const ViLReward kFormat;
  return kFormat;
}

}  // namespace viltree::exports
