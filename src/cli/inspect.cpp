#include "commands.hpp"
#include "compose.hpp"
#include "console.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/crawl/replay_tree.hpp>
#include <viltree/inspect/render.hpp>
#include <viltree/inspect/trees.hpp>
#include <viltree/search/stored_tree.hpp>

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace viltree::cli {

namespace {

using core::ExitCode;
using core::FatalError;
using core::value_or_fatal;

struct InspectArguments {
  std::string run;
  std::string problem;
  std::string format = "text";
  std::string out;
  bool all = false;
  bool rollouts = false;
};

/// A problem of the run's data set by its id or "#index".
std::optional<domain::Problem> find_problem(const config::Config& config, const std::string& wanted) {
  auto source = value_or_fatal(dataset::open_source(config.dataset), ExitCode::kUsage);
  while (auto item = value_or_fatal(source->next(), ExitCode::kUsage)) {
    auto* problem = std::get_if<domain::Problem>(&item->content);
    if (problem == nullptr) continue;
    if (problem->id == wanted || "#" + std::to_string(problem->index.value) == wanted)
      return std::move(*problem);
  }
  return std::nullopt;
}

/// A tree that is not committed yet, from the journal.
std::optional<search::StoredTree> growing_tree(const storage::RunDirectory& run, const std::string& wanted) {
  const config::Config config = load_run(run).config;
  const auto problem = find_problem(config, wanted);
  if (!problem) return std::nullopt;
  return value_or_fatal(crawl::replay_tree(config.crawl.search, config.crawl.unit_size, run, *problem),
                        ExitCode::kStorage);
}

search::StoredTree tree_of(const storage::RunDirectory& run, const std::string& wanted) {
  inspect::FoundTree found = value_or_fatal(inspect::find_tree(run, wanted), ExitCode::kStorage);
  if (!found.tree) found.tree = growing_tree(run, wanted);
  if (found.tree) return std::move(*found.tree);
  const std::string hint = found.nearest.empty() ? "" : "; did you mean '" + found.nearest + "'?";
  throw FatalError(ExitCode::kUsage, "no tree of problem '" + wanted + "' in " + run.root().string() + hint);
}

std::string rendered(const search::StoredTree& tree, const InspectArguments& arguments) {
  if (arguments.format == "json") return inspect::render_json(tree);
  if (arguments.format == "dot") return inspect::render_dot(tree, arguments.all);
  inspect::TextOptions options;
  options.colour = arguments.out.empty() && colour_on_stdout();
  options.width = static_cast<std::size_t>(terminal_width());
  options.all = arguments.all;
  options.rollouts = arguments.rollouts;
  return inspect::render_text(tree, options);
}

void inspect_tree(const storage::RunDirectory& run, const InspectArguments& arguments, std::ostream& out) {
  out << rendered(tree_of(run, arguments.problem), arguments);
}

void list(const storage::RunDirectory& run, const InspectArguments& arguments, std::ostream& out) {
  if (arguments.format == "dot") throw FatalError(ExitCode::kUsage, "--format dot is for one PROBLEM");
  const auto format = arguments.format == "json" ? inspect::ListFormat::kJson : inspect::ListFormat::kText;
  value_or_fatal(inspect::list_trees(run, format, out), ExitCode::kStorage);
}

void run_inspect(const InspectArguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  if (!value_or_fatal(run.file_system().exists(run.manifest()), ExitCode::kStorage)) {
    throw FatalError(ExitCode::kUsage, arguments.run + " is not a run directory: it has no manifest.json");
  }
  std::ofstream file;
  if (!arguments.out.empty()) {
    file.open(arguments.out, std::ios::binary);
    if (!file) throw FatalError(ExitCode::kStorage, "cannot write " + arguments.out);
  }
  std::ostream& out = arguments.out.empty() ? std::cout : file;
  if (arguments.problem.empty()) {
    list(run, arguments, out);
  } else {
    inspect_tree(run, arguments, out);
  }
  if (!out.flush()) throw FatalError(ExitCode::kStorage, "cannot write the output");
}

}  // namespace

void add_inspect(Command& program) {
  auto arguments = std::make_shared<InspectArguments>();
  Command command = program.command("inspect", "List a run's trees, or show one: text, json, dot");
  command.option("RUN", arguments->run, "Run directory").required();
  command.option("PROBLEM", arguments->problem, "A problem's id, or #<index>");
  command.option("--format", arguments->format, "text, json or dot")
      .one_of({"text", "json", "dot"})
      .shows_default();
  command.option("--out", arguments->out, "File to write instead of standard output");
  command.flag("--all", arguments->all, "Show every node, also those that nobody measured");
  command.flag("--rollouts", arguments->rollouts, "List the rollouts below each node (text)");
  command.runs([arguments] { run_inspect(*arguments); });
}

}  // namespace viltree::cli
