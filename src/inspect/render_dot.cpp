#include "summary.hpp"
#include "view.hpp"

#include <viltree/core/display.hpp>
#include <viltree/inspect/render.hpp>
#include <viltree/search/dot.hpp>
#include <viltree/search/stored_tree.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace viltree::inspect {

namespace {

using domain::NodeId;
using search::Tree;

constexpr std::size_t kLineColumns = 36;
constexpr std::size_t kMostLines = 3;
constexpr std::size_t kMostNodes = 500;

struct Colour {
  int red;
  int green;
  int blue;
};
constexpr Colour kBad{0xF4, 0xA5, 0x9E};
constexpr Colour kMiddle{0xFD, 0xF0, 0xA8};
constexpr Colour kGood{0xA5, 0xD9, 0xA5};
constexpr Colour kUnknown{0xE3, 0xE3, 0xE3};

Colour mixed(const Colour& from, const Colour& to, double part) {
  const auto mix = [part](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * part)); };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

std::string colour_of(const std::optional<double>& value) {
  const Colour colour = !value         ? kUnknown
                        : *value < 0.5 ? mixed(kBad, kMiddle, *value * 2)
                                       : mixed(kMiddle, kGood, *value * 2 - 1);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", static_cast<unsigned>(colour.red),
                static_cast<unsigned>(colour.green), static_cast<unsigned>(colour.blue));
  return text.data();
}

/// Numbers, the beginning of the step, the end of a solution, what is not drawn: a line each.
std::string label_of(const search::StoredTree& stored, const View& view, NodeId id) {
  const Tree& tree = stored.tree;
  const search::Node& node = tree.node(id);
  std::string label = std::to_string(id.value) + ":  " + value_text(tree.value(id));
  if (node.evidence.total() > 0) label += "  " + counts_text(node.evidence);
  label += "  ×" + std::to_string(node.visits);
  if (node.labelled) label += "  ■";
  if (view.breaks[id.value]) label += "  ✗";
  label += '\n';
  const std::string_view text =
      id == domain::kRoot ? std::string_view(stored.problem.question) : tree.step(id);
  for (const std::string& line :
       core::wrapped(core::one_line(text, kLineColumns * kMostLines), kLineColumns, kMostLines)) {
    label += line + '\n';
  }
  if (const domain::RolloutId ended = view.ended[id.value]; ended != domain::kNoRollout) {
    const auto answer = tree.answer(tree.rollout(ended));
    label += "⇒ " + (answer ? core::one_line(*answer, kLineColumns) + ", " : "") +
             std::string(name(tree.rollout(ended).verdict)) + '\n';
  }
  const std::string hidden = hidden_text(view.hidden[id.value]);
  return hidden.empty() ? label : label + core::one_line("… " + hidden, 2 * kLineColumns) + '\n';
}

}  // namespace

std::string render_dot(const search::StoredTree& stored, bool all) {
  const View view = view_of(stored.tree, all, kMostNodes);
  search::DotStyle style;
  style.label = [&](NodeId id) { return label_of(stored, view, id); };
  style.colour = [&](NodeId id) { return colour_of(stored.tree.value(id)); };
  style.shown = [&](NodeId id) { return static_cast<bool>(view.shown[id.value]); };
  std::ostringstream out;
  search::write_dot(out, stored.tree, style);
  return std::move(out).str();
}

}  // namespace viltree::inspect
