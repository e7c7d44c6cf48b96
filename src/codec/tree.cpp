#include "common.hpp"
#include "ruling.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace viltree::codec {

namespace {

using domain::kRoot;
using domain::Verdict;
using search::Node;
using search::NodeId;
using search::RolloutRecord;
using search::Tree;

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kWhat = "stored tree";
constexpr std::size_t kMostPolicies = std::numeric_limits<std::uint8_t>::max();
constexpr std::uint32_t kMostDepth = std::numeric_limits<std::uint16_t>::max();

// Problem.

void write_image(json::Writer& json, const domain::Image& image) {
  json.begin_object().exact_member("path", image.path).key("sha256").text(image.sha256);
  json.key("media_type").text(image.media_type);
  json.key("width").integer(image.width).key("height").integer(image.height).end_object();
}

void write_problem(json::Writer& json, const domain::Problem& problem) {
  json.key("problem").begin_object().key("index").integer(problem.index.value);
  json.exact_member("id", problem.id).exact_member("question", problem.question);
  json.key("images").begin_array();
  for (const domain::Image& image : problem.images) write_image(json, image);
  json.end_array().exact_member("answer", problem.answer);
  json.key("answer_kind").text(name(problem.answer_kind)).exact_list("choices", problem.choices);
  json.exact_member("source", problem.source).exact_member("split", problem.split).end_object();
}

domain::Image read_image(const Fields& fields) {
  domain::Image image;
  image.path = fields.text("path");
  image.sha256 = fields.text("sha256");
  image.media_type = fields.text("media_type");
  image.width = fields.small("width");
  image.height = fields.small("height");
  return image;
}

domain::Problem read_problem(const Fields& fields) {
  domain::Problem problem;
  problem.index.value = fields.integer("index");
  problem.id = fields.text("id");
  problem.question = fields.text("question");
  const json::Value& images = fields.array("images");
  for (std::size_t i = 0; i < images.size(); ++i) {
    problem.images.push_back(read_image(fields.element("images", images, i)));
  }
  problem.answer = fields.text("answer");
  problem.answer_kind = fields.one_of("answer_kind", &domain::answer_kind_from);
  problem.choices = fields.texts("choices");
  problem.source = fields.text("source");
  problem.split = fields.text("split");
  return problem;
}

// What it cost.

void write_spent(json::Writer& json, const search::Spent& spent) {
  json.key("spent").begin_object().key("answers").integer(spent.answers);
  json.key("refusals").integer(spent.refusals).key("rollouts").integer(spent.rollouts);
  write_usage(json, spent.usage);
  json.end_object();
}

search::Spent read_spent(const Fields& fields) {
  return {fields.integer("answers"), fields.integer("refusals"), fields.integer("rollouts"),
          read_usage(fields)};
}

// Nodes. The measured ones repeat their counts, for people who read the file; decoding compares them.

void write_node(json::Writer& json, const Tree& tree, NodeId id) {
  const Node& node = tree.node(id);
  json.begin_object().key("parent").integer(node.parent.value).exact_member("step", tree.step(id));
  json.key("whole").boolean(node.whole).key("labelled").boolean(node.labelled);
  if (const std::optional<double> value = tree.value(id)) {
    json.key("n_right").integer(node.evidence.of(Verdict::kRight));
    json.key("n_wrong").integer(node.evidence.of(Verdict::kWrong)).key("value").decimal(*value);
  }
  json.end_object();
}

void write_nodes(json::Writer& json, const Tree& tree) {
  json.key("root_labelled").boolean(tree.node(kRoot).labelled).key("nodes").begin_array();
  for (std::uint32_t id = 1; id < tree.size(); ++id) write_node(json, tree, NodeId{id});
  json.end_array();
}

void read_node(const Fields& fields, Tree& tree) {
  const std::uint32_t parent = fields.small("parent");
  const std::string step = fields.text("step");
  const bool whole = fields.boolean("whole");
  const bool labelled = fields.boolean("labelled");
  const bool fits = parent < tree.size() && tree.node(NodeId{parent}).depth < kMostDepth;
  if (!fits) fields.complain("parent", "is not an earlier node, or too deep");
  if (step.empty()) fields.complain("step", "is empty");
  tree.restore_node(fits ? NodeId{parent} : kRoot, step, whole, labelled);
}

void read_nodes(const Fields& fields, Tree& tree) {
  if (fields.boolean("root_labelled")) tree.label(kRoot);
  const json::Value& nodes = fields.array("nodes");
  for (std::size_t i = 0; i < nodes.size(); ++i) read_node(fields.element("nodes", nodes, i), tree);
}

/// That the counts for people are those of the restored rollouts.
void check_counts(const Fields& fields, const Tree& tree) {
  const json::Value& nodes = fields.array("nodes");
  for (std::uint32_t id = 1; id < tree.size(); ++id) {
    const Fields node = fields.element("nodes", nodes, id - 1);
    const domain::Evidence& evidence = tree.node(NodeId{id}).evidence;
    const bool same = node.optional_integer("n_right").value_or(0) == evidence.of(Verdict::kRight) &&
                      node.optional_integer("n_wrong").value_or(0) == evidence.of(Verdict::kWrong) &&
                      node.optional_decimal("value") == evidence.mc();
    if (!same) node.complain("value", "or the counts beside it are not those of the rollouts");
  }
}

// Rollouts.

void write_rollout(json::Writer& json, const Tree& tree, const RolloutRecord& rollout) {
  json.begin_object().key("origin").integer(rollout.origin.value).key("end").integer(rollout.end.value);
  json.key("ticket").integer(rollout.ticket.value);
  Outcome outcome;
  outcome.finish = rollout.finish;
  outcome.verdict = rollout.verdict;
  if (rollout.tokens != RolloutRecord::kUnknownTokens) outcome.tokens = rollout.tokens;
  outcome.logprob = rollout.logprob;
  outcome.answer = tree.answer(rollout);
  write_outcome(json, outcome);
  json.key("policy").integer(rollout.policy).end_object();
}

bool is_below(const Tree& tree, NodeId node, NodeId ancestor) {
  while (tree.node(node).depth > tree.node(ancestor).depth) node = tree.node(node).parent;
  return node == ancestor;
}

/// Policies are numbered by their first rollout, so a number is one that was there or the next.
void read_rollout(const Fields& fields, const std::vector<std::string>& policies, Tree& tree) {
  const NodeId origin{fields.small("origin")};
  const NodeId end{fields.small("end")};
  const domain::Ticket ticket{fields.small("ticket")};
  const std::uint64_t policy = fields.integer("policy");
  const domain::Rollout rollout = read_outcome(fields);
  const bool known = origin.value < tree.size() && end.value < tree.size();
  if (!known) fields.complain("end", "or origin is not a node");
  const bool on_path = known && is_below(tree, end, origin);
  if (known && !on_path) fields.complain("end", "is not below origin");
  if (ticket.value == 0) fields.complain("ticket", "is 0, but tickets count from 1");
  const bool in_order = policy < policies.size() && policy <= tree.policies().size();
  if (!in_order) fields.complain("policy", "is not a place in policies, or out of order");
  if (on_path && in_order) tree.restore_rollout(origin, end, rollout, ticket, policies[policy]);
}

std::vector<std::string> read_policies(const Fields& fields) {
  std::vector<std::string> policies = fields.texts("policies");
  if (policies.size() > kMostPolicies) {
    fields.complain("policies", "are too many");
    policies.clear();
  }
  for (const std::string& policy : policies) {
    const bool again = std::count(policies.begin(), policies.end(), policy) > 1;
    if (again) fields.complain("policies", "name one twice");
  }
  return policies;
}

void read_rollouts(const Fields& fields, Tree& tree) {
  const std::vector<std::string> policies = read_policies(fields);
  const json::Value& rollouts = fields.array("rollouts");
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    read_rollout(fields.element("rollouts", rollouts, i), policies, tree);
  }
  if (tree.policies().size() != policies.size()) {
    fields.complain("policies", "name one without a rollout");
  }
}

// Completions that the server refuses: failed, and not one of the rollouts.

std::vector<std::uint32_t> refused(const Tree& tree) {
  std::vector<std::uint32_t> counts(tree.size());
  for (std::uint32_t id = 0; id < tree.size(); ++id) {
    counts[id] = tree.node(NodeId{id}).evidence.of(Verdict::kFailed);
  }
  for (const RolloutRecord& rollout : tree.rollouts()) {
    if (rollout.verdict != Verdict::kFailed) continue;
    --counts[rollout.origin.value];
    const bool counted_twice = rollout.finish == domain::FinishReason::kStop && rollout.end != rollout.origin;
    if (counted_twice) --counts[rollout.end.value];
  }
  return counts;
}

void write_refused(json::Writer& json, const Tree& tree) {
  const std::vector<std::uint32_t> counts = refused(tree);
  json.key("refused").begin_array();
  for (std::uint32_t id = 0; id < counts.size(); ++id) {
    if (counts[id] > 0) json.begin_array().integer(id).integer(counts[id]).end_array();
  }
  json.end_array();
}

void read_refused(const Fields& fields, Tree& tree) {
  std::uint64_t next = 0;
  for (const json::Value& pair : fields.array("refused")) {
    const bool numbers =
        pair.is_array() && pair.size() == 2 && pair[0].is_number_unsigned() && pair[1].is_number_unsigned();
    const std::uint64_t node = numbers ? pair[0].get<std::uint64_t>() : 0;
    const std::uint64_t count = numbers ? pair[1].get<std::uint64_t>() : 0;
    const std::uint64_t most = std::numeric_limits<std::uint32_t>::max() - tree.rollout_count();
    if (!numbers || node < next || node >= tree.size() || count == 0 || count > most) {
      return fields.complain("refused", "is not a list of [node, count] in the order of nodes");
    }
    tree.add_refusal(NodeId{static_cast<std::uint32_t>(node)}, static_cast<std::uint32_t>(count));
    next = node + 1;
  }
}

// What a judge said; left out where it was never asked.

void write_rulings(json::Writer& json, const std::vector<domain::Ruling>& rulings) {
  if (rulings.empty()) return;
  json.key("rulings").begin_array();
  for (const domain::Ruling& ruling : rulings) write_ruling(json, ruling);
  json.end_array();
}

std::vector<domain::Ruling> read_rulings(const Fields& fields) {
  std::vector<domain::Ruling> rulings;
  if (!fields.has("rulings")) return rulings;
  const json::Value& array = fields.array("rulings");
  for (std::size_t i = 0; i < array.size(); ++i)
    rulings.push_back(read_ruling(fields.element("rulings", array, i)));
  return rulings;
}

std::size_t size_hint(const search::StoredTree& stored) {
  return 1024 + stored.problem.question.size() + stored.tree.size() * 240 + stored.tree.rollout_count() * 160;
}

}  // namespace

std::string encode_tree(const search::StoredTree& stored) {
  const Tree& tree = stored.tree;
  std::string line;
  line.reserve(size_hint(stored));
  json::Writer json(line);
  json.begin_object().key("version").integer(kVersion);
  write_problem(json, stored.problem);
  json.exact_member("strategy", stored.strategy).key("seed").integer(stored.seed);
  json.key("stopped_by_budget").boolean(stored.stopped_by_budget);
  write_spent(json, tree.spent());
  json.exact_list("policies", tree.policies());
  write_nodes(json, tree);
  json.key("rollouts").begin_array();
  for (const RolloutRecord& rollout : tree.rollouts()) write_rollout(json, tree, rollout);
  json.end_array();
  write_refused(json, tree);
  write_rulings(json, stored.rulings);
  json.end_object();
  return line;
}

core::Result<search::StoredTree> decode_tree(std::string_view line) {
  const auto document = parse_line(line, kWhat, kVersion);
  if (!document) return core::fail(document.error());
  Complaint complaint;
  const Fields fields(*document, complaint);
  search::StoredTree stored;
  stored.problem = read_problem(fields.object("problem"));
  stored.strategy = fields.text("strategy");
  stored.seed = fields.integer("seed");
  stored.stopped_by_budget = fields.boolean("stopped_by_budget");
  stored.tree.restore_spent(read_spent(fields.object("spent")));
  read_nodes(fields, stored.tree);
  read_rollouts(fields, stored.tree);
  read_refused(fields, stored.tree);
  stored.rulings = read_rulings(fields);
  if (!complaint) check_counts(fields, stored.tree);
  if (complaint) return core::fail(damaged(kWhat, complaint.text()));
  return stored;
}

}  // namespace viltree::codec
