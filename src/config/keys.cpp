#include "keys.hpp"

#include "make_key.hpp"
#include "policy_keys.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/check.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/labels/modes.hpp>
#include <viltree/steps/splitter.hpp>
#include <viltree/storage/journal_options.hpp>

#include <algorithm>
#include <array>

namespace viltree::config {

namespace {

constexpr double kMany32 = 4294967295;
constexpr Condition kJsonl{
    "dataset.kind", {"jsonl"}, [](const Config& config) { return config.dataset.kind == "jsonl"; }};
constexpr Condition kDemo{
    "dataset.kind", {"demo"}, [](const Config& config) { return config.dataset.kind == "demo"; }};
constexpr Condition kByTokens{"steps.splitter", {"tokens"}, [](const Config& config) {
                                return config.crawl.search.steps.splitter == "tokens";
                              }};
constexpr Condition kByDecisions{"steps.splitter", {"entropy"}, [](const Config& config) {
                                   return config.crawl.search.steps.needs_decisions();
                                 }};

constexpr std::array kAnswerKinds = {domain::AnswerKind::kAuto,   domain::AnswerKind::kNumber,
                                     domain::AnswerKind::kChoice, domain::AnswerKind::kExact,
                                     domain::AnswerKind::kText,   domain::AnswerKind::kMath,
                                     domain::AnswerKind::kList,   domain::AnswerKind::kDate,
                                     domain::AnswerKind::kAnls,   domain::AnswerKind::kJudge};

/// A list of rules by their names.
template <class Field>
Key<Config> marks(std::string path, Field field, std::string meaning) {
  Key<Config> key;
  key.facts = {std::move(path), Type::kTextList, std::move(meaning), 1, kMostTexts};
  for (const std::string_view name : checker::mark_names()) key.facts.allowed.emplace_back(name);
  key.get = [field](const Config& config) -> Value {
    std::vector<std::string> names;
    for (const checker::Mark mark : field(config)) names.emplace_back(checker::name(mark));
    return names;
  };
  key.set = [field](Config& config, const Value& value) {
    field(config).clear();
    for (const std::string& name : std::get<std::vector<std::string>>(value)) {
      const auto mark = checker::mark_from(name);
      VILTREE_CHECK(mark.has_value());
      field(config).push_back(*mark);
    }
  };
  return key;
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const search::StrategyInfo* strategy : search::strategies()) names.emplace_back(strategy->name);
  return names;
}

/// What a crawl can label by; the modes that need a judge's file come after it.
Key<Config> mode_key() {
  Names<const labels::ModeInfo*> names;
  std::string meaning = "the column `value` of the shards: of a step,";
  for (const labels::ModeInfo* mode : labels::modes()) {
    if (mode->needs_judgements) continue;
    meaning += (names.empty() ? " " : "; ") + std::string(mode->name) + ": " + std::string(mode->meaning);
    names.emplace_back(std::string(mode->name), mode);
  }
  Key<Config> key = named("labels.mode", std::move(names), AT(crawl.labels.mode), std::move(meaning));
  for (const labels::ModeInfo* mode : labels::modes()) {
    if (!mode->needs_judgements) continue;
    key.facts.elsewhere.emplace_back(
        mode->name,
        "needs what a judge says of finished solutions; choose another mode, and after the crawl make "
        "these labels with viltree export RUN --label " +
            std::string(mode->name) + " --judgements FILE");
  }
  return key;
}

std::vector<Key<Config>> dataset_keys() {
  return {
      choice("dataset.kind", {"jsonl", "demo"}, AT(dataset.kind),
             "jsonl: a file with one problem a line (plain or .zst); demo: the built-in vision problems")
          .required(),
      path("dataset.path", AT(dataset.path),
           "the file; a relative path starts from this configuration's folder (in --set: from the working "
           "directory)")
          .required()
          .only_with(kJsonl),
      path("dataset.root", AT(dataset.root), "folder that all images lie below; empty: the file's folder")
          .may_be_empty()
          .only_with(kJsonl),
      text("dataset.fields.id", AT(dataset.fields.id),
           "field with the id; without it: line-<number>. An empty name, here and below: there is no such "
           "field")
          .may_be_empty()
          .only_with(kJsonl),
      text("dataset.fields.question", AT(dataset.fields.question), "field with the question")
          .only_with(kJsonl),
      text("dataset.fields.images", AT(dataset.fields.images),
           "field with the images: one or a list of paths below the root, or data URLs")
          .may_be_empty()
          .only_with(kJsonl),
      text("dataset.fields.answer", AT(dataset.fields.answer), "field with the reference answer")
          .only_with(kJsonl),
      text("dataset.fields.choices", AT(dataset.fields.choices), "field with the list of choices")
          .may_be_empty()
          .only_with(kJsonl),
      text("dataset.fields.source", AT(dataset.fields.source), "field that says where the problem is from")
          .may_be_empty()
          .only_with(kJsonl),
      text("dataset.fields.split", AT(dataset.fields.split), "field with the split, such as train or test")
          .may_be_empty()
          .only_with(kJsonl),
      text("dataset.fields.answer_type", AT(dataset.fields.answer_type),
           "field that says how the answer is compared; without it: dataset.answer.type")
          .may_be_empty()
          .only_with(kJsonl),
      named("dataset.answer.type", names_of(kAnswerKinds), AT(dataset.answer_kind),
            "how answers are compared; auto: by what the reference answer looks like; judge: the same, but "
            "what the rules cannot tell is decided by a model, see judge.kind")
          .only_with(kJsonl),
      text("dataset.answer.after", AT(dataset.answer_after),
           "the reference answer is what follows the last such mark; empty: all of the field")
          .may_be_empty()
          .only_with(kJsonl),
      marks("dataset.answer.extract", AT(dataset.check.extract),
            "where a solution's final answer is looked for, in this order: box: \\boxed{…}; tag: "
            "<answer>…</answer>; hash: a line '#### …'; phrase: 'the answer is …'; bold: **…** in the last "
            "paragraph; line: the last line; number: the last number, whatever it counts"),
      real("dataset.answer.tolerance.absolute", {0, kMany}, AT(dataset.check.absolute_tolerance),
           "numbers that differ by no more are equal"),
      real("dataset.answer.tolerance.relative", {0, 1}, AT(dataset.check.relative_tolerance),
           "and numbers that differ by no more than this part of the reference"),
      whole("dataset.answer.tolerance.significant", {0, 30}, AT(dataset.check.significant_digits),
            "and numbers that agree once both are rounded to so many significant digits; 0: off"),
      flag("dataset.answer.ordered", AT(dataset.check.ordered),
           "whether the order of a list's elements matters"),
      real("dataset.answer.anls_threshold", {0, 1}, AT(dataset.check.anls_threshold),
           "type anls: similarity of texts below which an answer is wrong"),
      whole("dataset.offset", {0, kMany}, AT(dataset.offset), "problems to pass over"),
      whole("dataset.limit", {0, kMany}, AT(dataset.limit),
            "problems to take; 0: all (demo: " + std::to_string(dataset::kDemoProblems) + ")"),
      whole("dataset.seed", {0, kMany}, AT(dataset.seed), "seed of the built-in problems").only_with(kDemo),
  };
}

std::vector<Key<Config>> search_keys() {
  return {
      choice("steps.splitter", steps::splitter_names(), AT(crawl.search.steps.splitter),
             "how solutions are cut into steps"),
      whole("steps.max_steps", {1, 4096}, AT(crawl.search.steps.max_steps),
            "steps of a solution, at most; the rest is merged into the last"),
      whole("steps.min_chars", {0, 1e6}, AT(crawl.search.steps.min_chars),
            "a step with fewer non-blank bytes is merged with the next"),
      whole("steps.max_chars", {0, 1e6}, AT(crawl.search.steps.max_chars),
            "a step with more non-blank bytes is cut further: at a line, else a sentence, else a word; 0: no "
            "limit"),
      whole("steps.tokens", {1, 1e6}, AT(crawl.search.steps.tokens),
            "tokens of a step, about: estimated, because the model's tokenizer is not known")
          .only_with(kByTokens),
      real("steps.decision_nats", {0.5, 20}, AT(crawl.search.steps.decision_nats),
           "a step begins at a token whose probability is below e to the power of minus this")
          .only_with(kByDecisions),
      whole("steps.decision_chars", {0, 1e6}, AT(crawl.search.steps.decision_chars),
            "non-blank bytes between two such cuts, at least")
          .only_with(kByDecisions),
      choice("search.strategy", strategy_names(), AT(crawl.search.strategy),
             "how the trees grow; each strategy has further keys of its own, its constants"),
      whole("search.seed", {0, kMany}, AT(crawl.search.seed), "seed of the whole run"),
      named<bool>("search.kernel", {{"fitted", true}, {"built-in", false}}, AT(crawl.search.fit_kernel),
                  "what posterior values rest on, fitted: how values move along the trees of the run's first "
                  "output.unit_size problems; built-in: what is built in"),
  };
}

std::vector<Key<Config>> budget_keys() {
  return {
      whole("budget.rollouts_per_problem", {0, kMany}, AT(crawl.search.budget.rollouts),
            "rollouts of one tree, at most; 0: no limit"),
      whole("budget.tokens_per_problem", {0, kMany}, AT(crawl.search.budget.tokens),
            "generated tokens of one tree, at most; 0: no limit"),
      whole("budget.tokens", {0, kMany}, AT(crawl.budget.tokens),
            "generated tokens of the run, at most; 0: no limit")
          .free(),
      real("budget.usd", {0, 1e9}, AT(crawl.budget.usd), "US dollars, by policy.prices; 0: no limit").free(),
      real("budget.hours", {0, 1e6}, AT(crawl.budget.hours), "hours of running; 0: no limit").free(),
  };
}

std::vector<Key<Config>> result_keys() {
  return {
      mode_key(),
      real("labels.threshold", {0, 1}, AT(crawl.labels.threshold),
           "for the mode threshold, and where labels.balance parts good from bad"),
      named<bool>(
          "labels.truncated", {{"exclude", false}, {"wrong", true}}, AT(crawl.labels.truncated_is_wrong),
          "rollouts that were cut off at max_tokens: exclude them from the estimate, or count them as "
          "wrong"),
      named<bool>("labels.settled", {{"keep", false}, {"drop", true}}, AT(crawl.labels.drop_settled),
                  "questions whose value is surely near 0 or 1: its 95% interval lies within 0.1 of one of "
                  "them; drop: they give no rows"),
      real("labels.max_width", {0, 1}, AT(crawl.labels.max_width),
           "rows whose 95% interval of the posterior is wider are left out"),
      whole("labels.min_chars", {0, 1e6}, AT(crawl.labels.min_chars),
            "rows whose step has fewer non-blank bytes are left out"),
      whole("labels.max_chars", {0, 1e6}, AT(crawl.labels.max_chars),
            "rows whose step has more non-blank bytes are left out; 0: no limit"),
      named<bool>("labels.near_duplicates", {{"keep", false}, {"drop", true}},
                  AT(crawl.labels.drop_duplicates),
                  "steps after the same prefix with the same numbers and nearly the same words, whose "
                  "intervals overlap; drop: only the one seen most often is a row"),
      whole("labels.balance", {0, 1e6}, AT(crawl.labels.balance),
            "of a problem's good and bad rows, so many of the commoner side for each of the other, at most; "
            "0: as they are"),
      whole("labels.rows_per_problem", {0, kMany32}, AT(crawl.labels.rows_per_problem),
            "rows of one problem, at most; 0: no cap"),
      whole("output.unit_size", {1, 1e6}, AT(crawl.unit_size), "problems of one unit: one shard, one commit"),
      whole("output.compression_level", {1, 19}, AT(crawl.compression_level), "zstd's level"),
      named<storage::Durability>(
          "output.durability",
          {{"normal", storage::Durability::kNormal}, {"strict", storage::Durability::kStrict}},
          AT(crawl.durability), "strict: sync every answer, so that even a power loss costs none")
          .free(),
      flag("output.keep_journal", AT(crawl.keep_journal), "keep the journal of units that are committed")
          .free(),
      auto_or_whole("crawl.open_trees", 1e6, AT(crawl.open_trees), "trees that grow at once").free(),
      megabytes(
          "crawl.memory_mb", {1, 1e9}, AT(crawl.memory_bytes),
          "megabytes of trees that are open, or finished and not committed; beyond it no more are opened")
          .free(),
      auto_or_whole("crawl.workers", 1024, AT(crawl.workers), "threads").free(),
      flag("crawl.strict", AT(crawl.strict), "stop at the first line that is no problem").free(),
  };
}

Key<Config> constant_key(const search::Constant& constant) {
  Key<Config> key;
  key.facts = {"search." + std::string(constant.name), constant.whole ? Type::kWhole : Type::kReal,
               std::string(constant.meaning), constant.least, constant.most};
  VILTREE_CHECK(!constant.whole || constant.least >= 0);
  key.get = [constant](const Config& config) -> Value {
    const auto set = config.crawl.search.constants.find(constant.name);
    const double value = set == config.crawl.search.constants.end() ? constant.value : set->second;
    return constant.whole ? Value(static_cast<std::uint64_t>(value)) : Value(value);
  };
  key.set = [constant](Config& config, const Value& value) {
    config.crawl.search.constants[std::string(constant.name)] =
        constant.whole ? static_cast<double>(std::get<std::uint64_t>(value)) : std::get<double>(value);
  };
  return key;
}

void append(std::vector<Key<Config>>& keys, std::vector<Key<Config>> more) {
  for (Key<Config>& key : more) keys.push_back(std::move(key));
}

}  // namespace

std::vector<Key<Config>> constants_of(const search::StrategyInfo& strategy) {
  std::vector<Key<Config>> keys;
  for (const search::Constant& constant : strategy.constants) keys.push_back(constant_key(constant));
  return keys;
}

std::vector<Key<Config>> keys_for(std::string_view strategy) {
  const auto info = search::find_strategy(strategy);
  VILTREE_CHECK(info.has_value());
  std::vector<Key<Config>> keys = dataset_keys();
  append(keys, policy_keys());
  append(keys, judge_keys());
  append(keys, search_keys());
  append(keys, constants_of(**info));
  append(keys, budget_keys());
  append(keys, result_keys());
  return keys;
}

bool applies(const Facts& facts, const Config& config) {
  return !facts.only_with || facts.only_with->holds(config);
}

}  // namespace viltree::config
