#include "format.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/labels/pairs.hpp>
#include <viltree/search/stored_tree.hpp>

#include <array>

namespace viltree::exports {

namespace {

using labels::SiblingPair;
using search::StoredTree;

constexpr std::array<FileSpec, 1> kFiles = {{{"data.jsonl"}}};

/// Preferences between two next steps of one prefix.
class Pairwise final : public Format {
 public:
  [[nodiscard]] FormatInfo info() const override {
    return {"pairwise", "data.jsonl of {prompt, images, prefix, chosen, rejected}: preferences; images.zip",
            true};
  }
  [[nodiscard]] std::span<const FileSpec> files() const override { return kFiles; }
  [[nodiscard]] bool packs_images() const override { return true; }
  [[nodiscard]] labels::Options adapted(labels::Options options) const override {
    options.mode = &labels::posterior();
    return options;
  }

  void convert(const StoredTree& stored, const labels::Options& options, Converted& into) const override {
    const labels::SiblingPairs found = labels::sibling_pairs(stored.tree, options);
    for (const SiblingPair& pair : found.pairs) {
      into.records[0].push_back(record(stored, pair));
      into.tally.labels.add(pair.chosen_value);
      into.tally.labels.add(pair.rejected_value);
      const bool sound = core::is_utf8(stored.problem.question) &&
                         core::is_utf8(stored.tree.prefix(pair.chosen)) &&
                         core::is_utf8(stored.tree.step(pair.rejected));
      into.tally.repaired += sound ? 0 : 1;
    }
    into.tally.rows += found.pairs.size();
    into.tally.left_out.add(found.left_out);
    const auto& images = stored.problem.images;
    if (!found.pairs.empty()) into.images.insert(into.images.end(), images.begin(), images.end());
  }

  [[nodiscard]] std::string notes(const labels::Options& options) const override {
    return "A row is two next steps of one solution: after `prompt` (the question), `images` (paths in "
           "`images.zip`) and `prefix` (the solution so far, often empty), `chosen` is better than "
           "`rejected`. `chosen_value` and `rejected_value` are posterior means of the chance to reach the "
           "right answer, `certainty` is the probability that the first is greater by " +
           decimal(options.pairs.margin) + " or more: at least " + decimal(options.pairs.certainty) +
           ". Of one prefix there are at most " + std::to_string(options.pairs.per_prefix) +
           " pairs, those with the greatest difference. `id` is the problem, the chosen and the rejected "
           "node.\n\n"
           "A trainer that knows no `prefix` needs it at the end of the prompt's turn, or before both "
           "steps: without it the steps answer another question. All texts are exact, line ends "
           "included.\n\n"
           "Limits: a step may stand in several pairs. Steps of one prefix that differ in nothing but "
           "letter case and blanks are no pair.\n";
  }

 private:
  static std::string record(const StoredTree& stored, const SiblingPair& pair) {
    const domain::Problem& problem = stored.problem;
    const domain::NodeId prefix = stored.tree.node(pair.chosen).parent;
    std::string text;
    json::Writer json(text);
    json.begin_object().key("id").text(problem.id + "/" + std::to_string(pair.chosen.value) + "/" +
                                       std::to_string(pair.rejected.value));
    json.key("prompt").text(problem.question).key("images").begin_array();
    for (const domain::Image& image : problem.images) json.text(image.path);
    json.end_array().key("prefix").text(stored.tree.prefix(prefix));
    json.key("chosen").text(stored.tree.step(pair.chosen));
    json.key("rejected").text(stored.tree.step(pair.rejected));
    json.key("chosen_value").decimal(pair.chosen_value).key("rejected_value").decimal(pair.rejected_value);
    json.key("certainty").decimal(pair.certainty).end_object();
    return text;
  }
};

}  // namespace

const Format& pairwise() {
  static const Pairwise kFormat;
  return kFormat;
}

}  // namespace viltree::exports
