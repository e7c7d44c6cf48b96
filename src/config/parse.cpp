#include "parse.hpp"

#include "errors.hpp"
#include "keys.hpp"
#include "reader.hpp"
#include "values.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/crawl/options.hpp>
#include <viltree/search/strategy.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <system_error>

namespace viltree::config {

namespace {

/// Every path that some configuration may have: all strategies' constants, and the keys of run.yaml.
std::vector<std::string> known_paths(bool is_run) {
  std::vector<std::string> paths;
  for (const Key<Config>& key : keys_for(search::Options{}.strategy)) paths.push_back(key.facts.path);
  for (const search::StrategyInfo* strategy : search::strategies()) {
    for (const Key<Config>& key : constants_of(*strategy)) {
      if (std::find(paths.begin(), paths.end(), key.facts.path) == paths.end())
        paths.push_back(key.facts.path);
    }
  }
  if (is_run) paths.insert(paths.end(), {"viltree.version", "viltree.config_hash", "viltree.started"});
  return paths;
}

/// Leaves to options, in the table's order.
class Builder {
 public:
  Builder(const std::string& file, const Leaves& leaves, Errors& errors)
      : file_(file), leaves_(leaves), errors_(errors) {}

  Config build() {
    const auto keys = keys_for(strategy());
    for (const Key<Config>& key : keys) set(key);
    for (const Key<Config>& key : keys) check_use(key.facts);
    check_constants();
    check_judge();
    check_prices();
    check_steps();
    return std::move(config_);
  }

 private:
  /// The strategy decides which keys there are, so it is read before them.
  std::string strategy() {
    const std::string fallback = config_.crawl.search.strategy;
    const auto given = leaves_.find("search.strategy");
    if (given == leaves_.end()) return fallback;
    const auto& node = given->second.node;
    strategy_is_known_ = node.IsScalar() && search::find_strategy(node.Scalar()).has_value();
    return strategy_is_known_ ? node.Scalar() : fallback;
  }

  void set(const Key<Config>& key) {
    const auto given = leaves_.find(key.facts.path);
    if (given == leaves_.end()) {
      key.set(config_, key.get(config_));  // makes the strategy's constants complete
    } else if (const auto value = read_value(key.facts, given->second, errors_)) {
      key.set(config_, *value);
    } else {
      wrong_.insert(key.facts.path);
    }
  }

  /// A key is there where it must be, and nowhere where it has no meaning.
  void check_use(const Facts& facts) {
    const auto given = leaves_.find(facts.path);
    const bool is_given = given != leaves_.end();
    if (facts.only_with && is_unclear(facts.only_with->key)) return;
    if (is_given && !applies(facts, config_) && !is_resting(facts.only_with->key, given->second)) {
      errors_.add(given->second.place, facts.path,
                  "has a meaning only with " + std::string(facts.only_with->key) + ": " +
                      facts.only_with->words() + "; take it out");
    } else if (!is_given && facts.required && applies(facts, config_)) {
      std::string choices;
      for (const std::string& word : facts.allowed) choices += (choices.empty() ? ": " : " or ") + word;
      errors_.add({file_, 0}, facts.path, "is missing; it has no default" + choices);
    }
  }

  /// An override made the choice, so that the file's keys for another one rest.
  bool is_resting(std::string_view choice, const Leaf& leaf) const {
    const auto chosen = leaves_.find(choice);
    return chosen != leaves_.end() && chosen->second.place.source == kOverride &&
           leaf.place.source != kOverride;
  }

  /// A choice whose value is not known, so that nothing can be said of keys that depend on it.
  bool is_unclear(std::string_view choice) const {
    return wrong_.count(choice) != 0 || (choice == "dataset.kind" && leaves_.count(choice) == 0);
  }

  /// Constants of another strategy than the chosen one.
  void check_constants() {
    if (!strategy_is_known_) return;
    const search::StrategyInfo& strategy = **search::find_strategy(config_.crawl.search.strategy);
    std::string names;
    std::set<std::string, std::less<>> allowed = {"search.strategy", "search.seed", "search.kernel"};
    for (const search::Constant& constant : strategy.constants) {
      names += (names.empty() ? "" : ", ") + std::string(constant.name);
      allowed.insert("search." + std::string(constant.name));
    }
    for (const auto& [path, leaf] : leaves_) {
      if (!path.starts_with("search.") || allowed.count(path) != 0) continue;
      if (is_resting("search.strategy", leaf)) continue;
      errors_.add(leaf.place, path,
                  "strategy '" + std::string(strategy.name) + "' has no such constant; it has " + names);
    }
  }

  void check_judge() {
    const auto type = leaves_.find("dataset.answer.type");
    if (type == leaves_.end() || config_.dataset.answer_kind != domain::AnswerKind::kJudge) return;
    if (config_.judge.kind != JudgeKind::kNone || wrong_.count("judge.kind") != 0) return;
    errors_.add(type->second.place, "dataset.answer.type",
                "judge needs a model that decides; set judge.kind, or use a type that the rules decide");
  }

  void check_prices() {
    const auto given = leaves_.find("budget.usd");
    if (given == leaves_.end() || config_.crawl.budget.usd == 0) return;
    if (config_.crawl.prices.none())
      errors_.add(given->second.place, "budget.usd", "needs policy.prices, which are all 0");
  }

  void check_steps() {
    const steps::SplitterOptions& steps = config_.crawl.search.steps;
    const auto longest = leaves_.find("steps.max_chars");
    if (longest != leaves_.end() && steps.max_chars != 0 && steps.max_chars < steps.least_chars()) {
      errors_.add(
          longest->second.place, "steps.max_chars",
          "must be 0, for no limit, or at least the shortest step, " + std::to_string(steps.least_chars()));
    }
    const auto splitter = leaves_.find("steps.splitter");
    if (splitter != leaves_.end() && steps.needs_decisions() && !config_.policy.http.logprobs &&
        wrong_.count("policy.logprobs") == 0) {
      errors_.add(splitter->second.place, "steps.splitter",
                  "entropy cuts by the policy's log-probabilities, which are not asked for; set "
                  "policy.logprobs: true");
    }
  }

  const std::string& file_;
  const Leaves& leaves_;
  Errors& errors_;
  Config config_;
  std::set<std::string, std::less<>> wrong_;
  bool strategy_is_known_ = true;
};

/// At most one byte more than the limit, which parse() then refuses.
core::Result<std::string> read_text(const std::string& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(core::limits::kConfigBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad() || errno == EISDIR) {
    const std::string reason = std::generic_category().message(errno == 0 ? EIO : errno);
    return core::fail(core::ErrorKind::kInvalidInput, file + ": cannot be read: " + reason);
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

core::Result<Parsed> parse_any(std::string_view text, const std::string& file,
                               const std::vector<std::string>& overrides, bool is_run) {
  Errors errors;
  const std::vector<std::string> known = known_paths(is_run);
  Reader reader(known, errors);
  reader.read_file(text, file);
  if (reader.is_readable()) {
    for (const std::string& argument : overrides) reader.read_override(argument);
    Parsed parsed;
    parsed.config = Builder(file, reader.leaves(), errors).build();
    parsed.leaves = reader.leaves();
    if (errors.empty()) return parsed;
  }
  return core::fail(errors.error());
}

core::Result<Config> parse(std::string_view text, const std::string& file,
                           const std::vector<std::string>& overrides) {
  auto parsed = parse_any(text, file, overrides, false);
  if (!parsed) return core::fail(parsed.error());
  return std::move(parsed->config);
}

core::Result<Config> load(const std::string& file, const std::vector<std::string>& overrides) {
  const auto text = read_text(file);
  if (!text) return core::fail(text.error());
  return parse(*text, file, overrides);
}

}  // namespace viltree::config
