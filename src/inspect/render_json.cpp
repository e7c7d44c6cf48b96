#include "view.hpp"

#include <viltree/core/display.hpp>
#include <viltree/inspect/render.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/search/stored_tree.hpp>

namespace viltree::inspect {

namespace {

using domain::NodeId;
using search::RolloutRecord;
using search::Tree;

void write_problem(json::Writer& json, const domain::Problem& problem) {
  json.key("problem").begin_object().key("id").text(problem.id).key("index").integer(problem.index.value);
  json.key("question").text(problem.question).key("images").begin_array();
  for (const domain::Image& image : problem.images) {
    json.begin_object().key("path").text(image.path).key("media_type").text(image.media_type);
    json.key("width").integer(image.width).key("height").integer(image.height).end_object();
  }
  json.end_array().key("answer").text(problem.answer).key("answer_kind").text(name(problem.answer_kind));
  json.key("choices").begin_array();
  for (const std::string& choice : problem.choices) json.text(choice);
  json.end_array().key("source").text(problem.source).key("split").text(problem.split).end_object();
}

void write_spent(json::Writer& json, const search::Spent& spent) {
  json.key("spent").begin_object().key("answers").integer(spent.answers);
  json.key("refusals").integer(spent.refusals).key("rollouts").integer(spent.rollouts);
  json.key("prompt_tokens").integer_or_null(spent.usage.prompt_tokens);
  json.key("cached_tokens").integer_or_null(spent.usage.cached_tokens);
  json.key("completion_tokens").integer_or_null(spent.usage.completion_tokens);
  json.key("reasoning_tokens").integer_or_null(spent.usage.reasoning_tokens).end_object();
}

void write_counts(json::Writer& json, const domain::Evidence& evidence) {
  json.key("counts").begin_object();
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    json.key(name(static_cast<domain::Verdict>(i))).integer(evidence.counts[i]);
  }
  json.end_object();
}

void write_node(json::Writer& json, const Tree& tree, NodeId id, bool first_error) {
  const search::Node& node = tree.node(id);
  json.begin_object().key("id").integer(id.value).key("parent");
  if (id == domain::kRoot) {
    json.null();
  } else {
    json.integer(node.parent.value);
  }
  json.key("depth").integer(node.depth).key("step").text(tree.step(id));
  json.key("value").decimal_or_null(tree.value(id));
  write_counts(json, node.evidence);
  json.key("visits").integer(node.visits).key("labelled").boolean(node.labelled);
  json.key("terminal").boolean(node.terminal).key("first_error").boolean(first_error).end_object();
}

void write_rollout(json::Writer& json, const Tree& tree, const RolloutRecord& rollout) {
  json.begin_object().key("origin").integer(rollout.origin.value).key("end").integer(rollout.end.value);
  json.key("ticket").integer(rollout.ticket.value).key("verdict").text(name(rollout.verdict));
  json.key("answer");
  if (const auto answer = tree.answer(rollout)) {
    json.text(*answer);
  } else {
    json.null();
  }
  const bool known = rollout.tokens != RolloutRecord::kUnknownTokens;
  json.key("finish").text(name(rollout.finish));
  json.key("tokens").integer_or_null(known ? std::optional<std::uint64_t>(rollout.tokens) : std::nullopt);
  json.key("logprob").decimal(rollout.logprob);
  json.key("policy").text(tree.policies()[rollout.policy]).end_object();
}

/// `rules` is null where they cannot tell.
void write_ruling(json::Writer& json, const domain::Ruling& ruling) {
  json.begin_object()
      .key("answer")
      .text(ruling.answer)
      .key("verdict")
      .text(name(ruling.verdict))
      .key("rules");
  if (ruling.rules == domain::Verdict::kUnparsed) {
    json.null();
  } else {
    json.text(name(ruling.rules));
  }
  json.key("reply").text(ruling.reply).key("judge").text(ruling.bill.model).end_object();
}

}  // namespace

std::string render_json(const search::StoredTree& stored) {
  const Tree& tree = stored.tree;
  const View view = view_of(tree, /*all=*/true, 0);
  std::string text;
  json::Writer json(text);
  json.begin_object();
  write_problem(json, stored.problem);
  json.key("strategy").text(stored.strategy).key("seed").integer(stored.seed);
  json.key("stopped_by_budget").boolean(stored.stopped_by_budget);
  write_spent(json, tree.spent());
  json.key("nodes").begin_array();
  for (std::uint32_t i = 0; i < tree.size(); ++i) write_node(json, tree, {i}, view.breaks[i]);
  json.end_array().key("rollouts").begin_array();
  for (const RolloutRecord& rollout : tree.rollouts()) write_rollout(json, tree, rollout);
  json.end_array().key("rulings").begin_array();
  for (const domain::Ruling& ruling : stored.rulings) write_ruling(json, ruling);
  json.end_array().end_object();
  return core::escape_hidden(text) + '\n';
}

}  // namespace viltree::inspect
