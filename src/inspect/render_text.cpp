#include "header.hpp"
#include "paint.hpp"
#include "summary.hpp"
#include "view.hpp"

#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/render.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::inspect {

namespace {

using domain::kNoNode;
using domain::kRoot;
using domain::NodeId;
using search::RolloutRecord;
using search::Tree;

constexpr std::size_t kLeastTextColumns = 40;
constexpr std::size_t kMostLevels = 8;  // drawn; deeper ones are told as a number
constexpr std::size_t kLeastAnswerColumns = 8;
constexpr std::size_t kMostAnswerColumns = 40;
constexpr std::size_t kVerdictColumns = 12;

/// A node that waits to be drawn.
struct Place {
  NodeId node;
  std::size_t level = 0;   ///< branches above it
  bool is_branch = false;  ///< it has siblings
  bool is_last = true;     ///< of them
};

/// Draws one tree: numbers in columns on the left, then the branches and the steps.
class TreeText {
 public:
  TreeText(const Tree& tree, const TextOptions& options)
      : tree_(tree),
        options_(options),
        paint_(options.colour),
        view_(view_of(tree, options.all, options.max_nodes)),
        rollouts_(options.rollouts ? rollouts_by_origin(tree)
                                   : std::vector<std::vector<domain::RolloutId>>()),
        counts_columns_(widest_counts()) {}

  [[nodiscard]] std::uint64_t breaks() const {
    return static_cast<std::uint64_t>(std::count(view_.breaks.begin(), view_.breaks.end(), true));
  }

  std::string draw() {
    draw_heads();
    for (waiting_.push_back({kRoot}); !waiting_.empty();) {
      const Place place = waiting_.back();
      waiting_.pop_back();
      NodeId last = place.node;
      levels_.resize(place.level);
      const std::size_t run = run_length(last);
      const std::string branch = branch_text(place);
      if (place.is_branch) levels_.push_back(!place.is_last);
      if (run > 1) {
        last = draw_run(last, run, branch);
      } else {
        draw_node(last, branch);
      }
      push_children(last);
    }
    return std::move(out_);
  }

 private:
  static std::vector<std::vector<domain::RolloutId>> rollouts_by_origin(const Tree& tree) {
    std::vector<std::vector<domain::RolloutId>> by_origin(tree.size());
    for (std::uint32_t i = 0; i < tree.rollout_count(); ++i) {
      by_origin[tree.rollout({i}).origin.value].push_back({i});
    }
    return by_origin;
  }

  [[nodiscard]] std::size_t widest_counts() const {
    std::size_t widest = std::string_view("counts").size();
    for (std::uint32_t i = 0; i < tree_.size(); ++i) {
      if (view_.shown[i]) widest = std::max(widest, counts_text(tree_.node({i}).evidence).size());
    }
    return widest;
  }

  [[nodiscard]] std::size_t id_columns() const {
    return std::max<std::size_t>(std::to_string(tree_.size()).size(), 4);
  }
  [[nodiscard]] std::size_t visit_columns() const {
    return std::max<std::size_t>(std::to_string(tree_.node(kRoot).visits).size(), 6);
  }
  /// Of everything left of the branches.
  [[nodiscard]] std::size_t left_columns() const {
    return id_columns() + 2 + 5 + 2 + counts_columns_ + 2 + visit_columns() + 2 + 2 + 1;
  }

  std::string left(std::string_view id, std::string_view value, std::string_view counts,
                   std::string_view visits) const {
    return core::pad_left(id, id_columns()) + "  " + core::pad_left(value, 5) + "  " +
           core::pad_left(counts, counts_columns_) + "  " + core::pad_left(visits, visit_columns()) + "  ";
  }

  void draw_heads() {
    out_ += paint_.dim(left("node", "value", "counts", "visits") +
                       "   counts: right/wrong/other; ■ labelled; ✗ breaks "
                       "the solution, › leads there") +
            '\n';
  }

  [[nodiscard]] std::vector<NodeId> shown_children(NodeId id) const {
    std::vector<NodeId> children;
    for (NodeId child = tree_.node(id).first_child; child != kNoNode;
         child = tree_.node(child).next_sibling) {
      if (view_.shown[child.value]) children.push_back(child);
    }
    return children;
  }

  /// Only a step on the way to what was chosen: neither notable nor an end, with one way on.
  [[nodiscard]] bool passes_through(NodeId id) const {
    if (options_.all || id == kRoot || view_.notable[id.value]) return false;
    return shown_children(id).size() == 1;
  }

  [[nodiscard]] std::size_t run_length(NodeId id) const {
    std::size_t length = 0;
    for (; passes_through(id); id = shown_children(id).front()) ++length;
    return length;
  }

  void push_children(NodeId id) {
    const std::vector<NodeId> children = shown_children(id);
    for (std::size_t i = children.size(); i-- > 0;) {
      waiting_.push_back({children[i], levels_.size(), children.size() > 1, i + 1 == children.size()});
    }
  }

  [[nodiscard]] std::string levels_text() const {
    std::string text;
    const std::size_t left_out = levels_.size() > kMostLevels ? levels_.size() - kMostLevels : 0;
    if (left_out > 0) text = "+" + std::to_string(left_out) + "⋯ ";
    for (std::size_t i = left_out; i < levels_.size(); ++i) text += levels_[i] ? "│  " : "   ";
    return text;
  }

  [[nodiscard]] std::string branch_text(const Place& place) const {
    return levels_text() + (!place.is_branch ? "" : place.is_last ? "└─ " : "├─ ");
  }

  /// Columns for the text of a line that begins with `drawn`; 0: no limit.
  [[nodiscard]] std::size_t room(std::string_view drawn) const {
    if (options_.width == 0) return 0;
    const std::size_t taken = left_columns() + core::columns(drawn);
    return options_.width > taken + kLeastTextColumns ? options_.width - taken : kLeastTextColumns;
  }

  void draw_node(NodeId id, const std::string& branch) {
    const search::Node& node = tree_.node(id);
    const std::optional<double> value = tree_.value(id);
    const std::string numbers = left(std::to_string(id.value), value_text(value), counts_text(node.evidence),
                                     std::to_string(node.visits));
    const std::size_t space = room(branch);
    const std::string end = end_text(id, space);
    const std::size_t step_columns = space == 0 ? 0 : space - core::columns(end);
    const std::string step = id == kRoot ? "(the question)" : core::one_line(tree_.step(id), step_columns);
    out_ += paint_.value(value, numbers) + marks(id) + ' ' + paint_.dim(branch) + step_text(id, step) +
            paint_.bold(end) + '\n';
    draw_rollouts(id);
    const std::string hidden = hidden_text(view_.hidden[id.value]);
    if (!hidden.empty()) draw_note("… " + hidden);
  }

  [[nodiscard]] std::string marks(NodeId id) const {
    const std::string label = tree_.node(id).labelled ? "■" : " ";
    if (view_.breaks[id.value]) return label + paint_.bad("✗");
    return label + (view_.leads_to_break[id.value] ? paint_.warning("›") : " ");
  }

  [[nodiscard]] std::string step_text(NodeId id, const std::string& step) const {
    if (view_.breaks[id.value]) return paint_.bad(step);
    return view_.leads_to_break[id.value] ? paint_.warning(step) : step;
  }

  /// The final answer of a solution that ends here, in at most half of the room.
  [[nodiscard]] std::string end_text(NodeId id, std::size_t space) const {
    const domain::RolloutId ended = view_.ended[id.value];
    if (ended == domain::kNoRollout) return {};
    const RolloutRecord& rollout = tree_.rollout(ended);
    const auto answer = tree_.answer(rollout);
    const std::size_t half = space == 0 ? kMostAnswerColumns : space / 2 - kVerdictColumns;
    const std::size_t most = std::clamp(half, kLeastAnswerColumns, kMostAnswerColumns);
    return "  ⇒ " + (answer ? core::one_line(*answer, most) + ", " : "") + std::string(name(rollout.verdict));
  }

  /// Steps that nobody measured, as one line; returns the last of them.
  NodeId draw_run(NodeId id, std::size_t length, const std::string& branch) {
    Hidden beside;
    NodeId last = id;
    const std::string visits = std::to_string(tree_.node(id).visits);
    for (std::size_t i = 0; i < length; ++i, id = shown_children(id).front()) {
      last = id;
      const Hidden& here = view_.hidden[id.value];
      beside.steps += here.steps;
      beside.verdicts.add(here.verdicts);
      beside.answers.insert(beside.answers.end(), here.answers.begin(), here.answers.end());
    }
    std::string text = "… " + core::counted(length, "step");
    if (beside.steps > 0) text += ", beside them " + hidden_text(beside);
    out_ += left("", "", "", visits) + marks(last) + ' ' +
            paint_.dim(branch + core::one_line(text, room(branch))) + '\n';
    return last;
  }

  void draw_rollouts(NodeId id) {
    if (!options_.rollouts) return;
    for (const domain::RolloutId rollout : rollouts_[id.value])
      draw_note(rollout_text(tree_.rollout(rollout)));
  }

  [[nodiscard]] std::string rollout_text(const RolloutRecord& rollout) const {
    const auto answer = tree_.answer(rollout);
    std::string text = "· " + core::pad_right(name(rollout.verdict), 11);
    text += core::pad_right(answer ? core::one_line(*answer, kMostAnswerColumns) : "–", 12) + "  to " +
            std::to_string(rollout.end.value) + ", " + std::string(name(rollout.finish));
    const bool known = rollout.tokens != RolloutRecord::kUnknownTokens;
    if (known) text += ", " + core::counted(rollout.tokens, "token");
    if (!std::isnan(rollout.logprob))
      text += ", log-probability " + std::to_string(std::lround(rollout.logprob));
    return text;
  }

  /// A line below a node that is no node.
  void draw_note(const std::string& text) {
    const std::string drawn = levels_text() + "   ";
    out_ += left("", "", "", "") + "   " + paint_.dim(drawn + core::one_line(text, room(drawn))) + '\n';
  }

  const Tree& tree_;
  const TextOptions& options_;
  const Paint paint_;
  const View view_;
  const std::vector<std::vector<domain::RolloutId>> rollouts_;
  const std::size_t counts_columns_;
  std::vector<Place> waiting_;  // a stack: the next one is the last
  std::vector<bool> levels_;    // of the branch being drawn: whether it goes on below
  std::string out_;
};

}  // namespace

std::string render_text(const search::StoredTree& stored, const TextOptions& options) {
  TreeText text(stored.tree, options);
  return header_text(stored, text.breaks(), Paint(options.colour), options.width) + '\n' + text.draw();
}

}  // namespace viltree::inspect
