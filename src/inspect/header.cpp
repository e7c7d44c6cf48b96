#include "header.hpp"

#include "summary.hpp"

#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/stored_tree.hpp>

namespace viltree::inspect {

namespace {

constexpr std::size_t kNameColumns = 10;
constexpr std::size_t kMostFieldLines = 40;

/// Lines of "name  text", the text wrapped beside its name.
class FieldLines {
 public:
  FieldLines(const Paint& paint, std::size_t width)
      : paint_(paint),
        width_(width == 0                 ? 0
               : width > 2 * kNameColumns ? width - kNameColumns
                                          : kNameColumns) {}

  void add(std::string_view name, std::string_view text) {
    const std::vector<std::string> lines = core::wrapped(text, width_, kMostFieldLines);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      lines_ += paint_.dim(core::pad_right(i == 0 ? name : "", kNameColumns)) + lines[i] + '\n';
    }
  }

  [[nodiscard]] const std::string& lines() const { return lines_; }

 private:
  const Paint& paint_;
  std::size_t width_;
  std::string lines_;
};

std::string image_line(const domain::Image& image) {
  return core::one_line(image.path, 0) + "  " + std::to_string(image.width) + "×" +
         std::to_string(image.height);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) line += (line.empty() ? "" : "  ") + core::one_line(text, 0);
  return line;
}

}  // namespace

std::string header_text(const search::StoredTree& stored, std::uint64_t breaks, const Paint& paint,
                        std::size_t width) {
  const domain::Problem& problem = stored.problem;
  const TreeSummary summary = summary_of(stored);
  const search::Spent& spent = stored.tree.spent();
  FieldLines fields(paint, width);
  fields.add("problem", core::one_line(problem.id, 0) + "  (#" + std::to_string(problem.index.value) + ")");
  fields.add("question", problem.question);
  fields.add("choices", joined(problem.choices));
  for (const domain::Image& image : problem.images) fields.add("image", image_line(image));
  fields.add("answer", problem.answer);
  fields.add("strategy", core::one_line(stored.strategy, 0) + ", seed " + std::to_string(stored.seed) +
                             (stored.stopped_by_budget ? ", stopped by the budget" : ""));
  const auto policies = stored.tree.policies();
  fields.add("policy", joined({policies.begin(), policies.end()}));
  fields.add("rollouts",
             core::with_thousands(summary.rollouts) + ": " + verdict_list(summary.verdicts) +
                 (spent.refusals > 0 ? "; refused prefixes " + core::with_thousands(spent.refusals) : ""));
  fields.add("tokens", tokens_text(spent.usage));
  fields.add("tree", core::counted(summary.nodes, "node") + ", depth " + std::to_string(summary.depth) +
                         ", " + core::with_thousands(summary.labelled) + " labelled, " +
                         core::counted(breaks, "first error"));
  return fields.lines();
}

}  // namespace viltree::inspect
