#include "summary.hpp"

#include <viltree/archive/committed.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/trees.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/search/stored_tree.hpp>

#include <array>
#include <ostream>
#include <vector>

namespace viltree::inspect {

namespace {

/// What is told of a tree.
struct Line {
  std::string id;
  std::uint64_t index = 0;
  std::string strategy;
  TreeSummary summary;
  std::optional<double> value;
  bool stopped_by_budget = false;
};

using Lines = std::vector<Line>;

Line line_of(const search::StoredTree& stored) {
  return {stored.problem.id,  stored.problem.index.value,       stored.strategy,
          summary_of(stored), stored.tree.value(domain::kRoot), stored.stopped_by_budget};
}

/// How the trees are told.
class Listing {
 public:
  explicit Listing(std::ostream& out) : out_(out) {}
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;
  virtual ~Listing() = default;
  virtual void begin() {}
  virtual void add(const Line& line) = 0;
  virtual void end() {}

 protected:
  std::ostream& out() { return out_; }

 private:
  std::ostream& out_;
};

class JsonListing final : public Listing {
 public:
  using Listing::Listing;

  void add(const Line& line) override {
    const TreeSummary& summary = line.summary;
    std::string text;
    json::Writer json(text);
    json.begin_object().key("problem_id").text(line.id).key("index").integer(line.index);
    json.key("strategy").text(line.strategy);
    json.key("nodes").integer(summary.nodes).key("depth").integer(summary.depth);
    json.key("rollouts").integer(summary.rollouts).key("verdicts").begin_object();
    for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
      json.key(name(static_cast<domain::Verdict>(i))).integer(summary.verdicts.counts[i]);
    }
    json.end_object().key("value").decimal_or_null(line.value);
    json.key("labelled").integer(summary.labelled);
    json.key("stopped_by_budget").boolean(line.stopped_by_budget).end_object();
    out() << core::escape_hidden(text) << '\n';
  }
};

class TextListing final : public Listing {
 public:
  using Listing::Listing;

  void begin() override {
    for (const Column& column : kColumns) out() << core::pad_left(column.name, column.width) << "  ";
    out() << "problem\n";
  }

  void add(const Line& line) override {
    const domain::Evidence& verdicts = line.summary.verdicts;
    const std::array<std::string, kColumns.size()> cells = {
        "#" + std::to_string(line.index),
        core::with_thousands(line.summary.nodes),
        std::to_string(line.summary.depth),
        core::with_thousands(line.summary.rollouts),
        core::with_thousands(verdicts.of(domain::Verdict::kRight)),
        core::with_thousands(verdicts.of(domain::Verdict::kWrong)),
        core::with_thousands(verdicts.total() - verdicts.decided()),
        value_text(line.value),
        core::with_thousands(line.summary.labelled),
        line.stopped_by_budget ? "budget" : ""};
    for (std::size_t i = 0; i < cells.size(); ++i)
      out() << core::pad_left(cells[i], kColumns[i].width) << "  ";
    out() << core::one_line(line.id, kMostIdColumns) << '\n';
    add_totals(line);
  }

  void end() override {
    out() << core::counted(trees_, "tree") << ": " << core::counted(totals_.nodes, "node") << ", "
          << core::counted(totals_.rollouts, "rollout") << " (" << verdict_list(totals_.verdicts) << "), "
          << core::counted(totals_.labelled, "labelled node") << "; " << core::with_thousands(stopped_)
          << " stopped by the budget\n";
  }

 private:
  struct Column {
    std::string_view name;
    std::size_t width;
  };
  static constexpr std::size_t kMostIdColumns = 200;
  static constexpr std::array<Column, 10> kColumns = {{{"index", 8},
                                                       {"nodes", 7},
                                                       {"depth", 5},
                                                       {"rollouts", 8},
                                                       {"right", 7},
                                                       {"wrong", 7},
                                                       {"other", 7},
                                                       {"value", 5},
                                                       {"labelled", 8},
                                                       {"stopped", 7}}};

  void add_totals(const Line& line) {
    ++trees_;
    stopped_ += line.stopped_by_budget ? 1 : 0;
    totals_.nodes += line.summary.nodes;
    totals_.rollouts += line.summary.rollouts;
    totals_.labelled += line.summary.labelled;
    totals_.verdicts.add(line.summary.verdicts);
  }

  std::uint64_t trees_ = 0;
  std::uint64_t stopped_ = 0;
  TreeSummary totals_;
};

core::Status list(const storage::RunDirectory& run, const storage::Manifest& manifest, Listing& listing) {
  archive::TreeWork<Lines> work;
  work.begin = [] { return Lines(); };
  work.add = [](Lines& lines, const search::StoredTree& stored) {
    lines.push_back(line_of(stored));
    return core::Status();
  };
  work.take = [&](const Lines& lines) {
    for (const Line& line : lines) listing.add(line);
    return core::Status();
  };
  listing.begin();
  auto done = archive::for_each_tree(run, manifest, 0, work);
  if (done) listing.end();
  return done;
}

}  // namespace

core::Status list_trees(const storage::RunDirectory& run, ListFormat format, std::ostream& out) {
  const auto manifest = archive::manifest_of(run);
  if (!manifest) return core::fail(manifest.error());
  TextListing text(out);
  JsonListing json(out);
  if (format == ListFormat::kText) return list(run, *manifest, text);
  return list(run, *manifest, json);
}

}  // namespace viltree::inspect
