#include "format.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <array>

namespace viltree::exports {

namespace {

using labels::LabelledPath;
using search::StoredTree;

constexpr std::array<FileSpec, 2> kFiles = {{{"data.jsonl"}, {"conversations.jsonl"}}};
constexpr std::string_view kImageMark = "<image>";

std::size_t count_marks(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(kImageMark, at)) != std::string_view::npos;
       at += kImageMark.size()) {
    ++count;
  }
  return count;
}

/// The question with one mark per image. A data set's own marks stay where their number is right.
std::string marked_question(const domain::Problem& problem) {
  const std::size_t images = problem.images.size();
  if (images == 0 || count_marks(problem.question) == images) return problem.question;
  std::string marked;
  for (std::size_t i = 0; i < images; ++i) marked += std::string(kImageMark) + "\n";
  std::string rest = problem.question;
  for (std::size_t at = 0; (at = rest.find(kImageMark, at)) != std::string::npos;) {
    rest.erase(at, kImageMark.size());
  }
  return marked + rest;
}

/// One path, or a list where there are several; "" where there is none, which its readers take for text only.
void write_image(json::Writer& json, const domain::Problem& problem) {
  json.key("image");
  if (problem.images.size() < 2) {
    json.text(problem.images.empty() ? std::string_view() : problem.images.front().path);
    return;
  }
  json.begin_array();
  for (const domain::Image& image : problem.images) json.text(image.path);
  json.end_array();
}

/// What the raw form says of a step; zero of zero, and no score, where it has no value.
struct StepScore {
  std::optional<double> score;
  std::uint32_t correct = 0;
  std::uint32_t total = 0;
};

std::vector<StepScore> scores(const StoredTree& stored, const LabelledPath& path,
                              const labels::Options& options) {
  std::vector<StepScore> scores(path.nodes.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!path.values[i]) continue;
    const domain::Evidence& evidence = stored.tree.node(path.nodes[i]).evidence;
    scores[i] = {path.values[i], evidence.of(domain::Verdict::kRight), labels::decided(evidence, options)};
  }
  return scores;
}

std::string raw_record(const StoredTree& stored, const LabelledPath& path,
                       const std::vector<StepScore>& scores) {
  std::uint32_t sequences = 0;
  for (const StepScore& step : scores) sequences = std::max(sequences, step.total);
  std::string text;
  json::Writer json(text);
  json.begin_object();
  write_image(json, stored.problem);
  json.key("question").text(stored.problem.question).key("answer").text(stored.problem.answer);
  json.key("response").text(stored.tree.prefix(path.nodes.back())).key("num_mc_sequences").integer(sequences);
  json.key("steps_with_score").begin_array();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    json.begin_object().key("step").text(stored.tree.step(path.nodes[i]));
    json.key("score").decimal_or_null(scores[i].score).key("num_mc_correct").integer(scores[i].correct);
    json.key("num_mc_total").integer(scores[i].total).end_object();
  }
  json.end_array().end_object();
  return text;
}

/// What decides on + and -. As published for the share of right rollouts: any will do.
labels::Options for_signs(labels::Options options) {
  if (options.mode == &labels::soft()) options.mode = &labels::hard();
  return options;
}

/// The raw form has all that was measured.
std::string describe_left_out(const labels::ModeInfo& mode) {
  if (mode.left_out == nullptr) return {};
  return " What the label mode `" + std::string(mode.name) +
         "` leaves out is left out of the conversations alone; `data.jsonl` has all solutions.";
}

/// All steps that were measured are.
bool is_good(const LabelledPath& path, const labels::Options& options) {
  return std::all_of(path.values.begin(), path.values.end(),
                     [&](const auto& value) { return !value || labels::is_good(*value, options); });
}

void write_turn(json::Writer& json, std::string_view from, std::string_view value) {
  json.begin_object().key("from").text(from).key("value").text(value).end_object();
}

/// The first turn puts the question; every further one is the next step; each is answered with its sign.
std::string conversation(const StoredTree& stored, const MeasuredPath& path, const labels::Options& options) {
  std::string text;
  json::Writer json(text);
  json.begin_object().key("id").text(stored.problem.id + "/" + std::to_string(path.nodes.back().value));
  write_image(json, stored.problem);
  json.key("conversations").begin_array();
  const labels::Options signs = for_signs(options);
  std::string opening = "### Question:\n" + marked_question(stored.problem) + "\n\n### Solution Process:\n";
  for (std::size_t i = 0; i < path.nodes.size(); ++i) {
    write_turn(json, "human", opening + std::string(stored.tree.step(path.nodes[i])));
    write_turn(json, "gpt", labels::is_good(path.values[i], signs) ? "+" : "-");
    opening.clear();
  }
  json.end_array().end_object();
  return text;
}

/// VisualPRM400K: the raw form with counts per step, and the conversations that its model is trained on.
class VisualPrm final : public Format {
 public:
  [[nodiscard]] FormatInfo info() const override {
    return {"visualprm",
            "data.jsonl with steps_with_score, conversations.jsonl with + and - turns; images.zip"};
  }
  [[nodiscard]] std::span<const FileSpec> files() const override { return kFiles; }
  [[nodiscard]] bool packs_images() const override { return true; }

  void convert(const StoredTree& stored, const labels::Options& options, Converted& into) const override {
    const std::size_t before = into.records[0].size();
    add_raw(stored, options, into);
    add_conversations(stored, options, into);
    const auto& images = stored.problem.images;
    if (into.records[0].size() > before) into.images.insert(into.images.end(), images.begin(), images.end());
  }

  [[nodiscard]] std::string notes(const labels::Options& options) const override {
    return "A row of `data.jsonl` is one solution with `score` = `num_mc_correct` / `num_mc_total` for each "
           "step: " +
           describe_estimate(options) +
           ". A step that was not measured has the score null and 0 of 0; null is not 0. `num_mc_sequences` "
           "is the greatest `num_mc_total` of the row.\n\n"
           "A row of `conversations.jsonl` is the same solution as turns, up to its first step without a "
           "score: `+` where " +
           describe_good(for_signs(options)) +
           ", else `-`. There is no system turn; add the one that your model is used with. `image` is a "
           "path in `images.zip`, a list of them where a problem has several, and empty where it has none; "
           "the first turn has one `<image>` for each.\n\n"
           "Limits: steps keep their exact text, blank lines included; joined without anything between them "
           "they are `response`, which ends with the last labelled step. Conversations with `<image>` in a "
           "step are left out where the problem has images." +
           describe_left_out(*options.mode) + "\n";
  }

 private:
  static void add_raw(const StoredTree& stored, labels::Options options, Converted& into) {
    options.mode = &labels::soft();
    const std::vector<labels::NodeLabel> labels = labels::tree_labels(stored.tree, options);
    std::vector<LabelledPath> paths = labels::labelled_paths(stored.tree, labels);
    std::erase_if(paths, [](const LabelledPath& path) {
      return std::none_of(path.values.begin(), path.values.end(), [](const auto& value) { return !!value; });
    });
    std::vector<bool> good;
    for (const LabelledPath& path : paths) good.push_back(is_good(path, options));
    const labels::Kept kept = labels::balance_and_cap(good, options);
    into.tally.left_out.add(labels::left_out(labels));
    into.tally.left_out.add(kept.left_out);
    for (const std::size_t place : kept.places) {
      const std::vector<StepScore> steps = scores(stored, paths[place], options);
      into.records[0].push_back(raw_record(stored, paths[place], steps));
      for (const StepScore& step : steps) {
        if (step.score) into.tally.labels.add(*step.score);
      }
      const bool sound = core::is_utf8(stored.problem.question) &&
                         core::is_utf8(stored.tree.prefix(paths[place].nodes.back()));
      into.tally.repaired += sound ? 0 : 1;
      ++into.tally.rows;
    }
  }

  static void add_conversations(const StoredTree& stored, const labels::Options& options, Converted& into) {
    const MeasuredPaths measured = measured_paths(stored.tree, options);
    into.tally.cut_paths += measured.cut;
    into.tally.unmeasured_paths += measured.unmeasured;
    for (const labels::Filter filter : {labels::Filter::kUnjudged, labels::Filter::kDisagreed})
      into.tally.left_out.add(filter, measured.left_out.of(filter));
    for (const MeasuredPath& path : measured.paths) {
      const bool marked = !stored.problem.images.empty() &&
                          stored.tree.prefix(path.nodes.back()).find(kImageMark) != std::string::npos;
      if (marked) {
        ++into.tally.marked_paths;
      } else {
        into.records[1].push_back(conversation(stored, path, options));
      }
    }
  }
};

}  // namespace

const Format& visualprm() {
  static const VisualPrm kFormat;
  return kFormat;
}

}  // namespace viltree::exports
