#include "cuts.hpp"
#include "lines.hpp"
#include "spans.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/core/table.hpp>
#include <viltree/steps/splitter.hpp>

#include <algorithm>
#include <array>

namespace viltree::steps {

static std::span<const SplitterInfo* const> splitters() {
  static const std::array kSplitters = {
      VILTREE_ROW(SplitterInfo, blank_line), VILTREE_ROW(SplitterInfo, line),
      VILTREE_ROW(SplitterInfo, numbered),   VILTREE_ROW(SplitterInfo, tags),
      VILTREE_ROW(SplitterInfo, sentence),   VILTREE_ROW(SplitterInfo, length),
      VILTREE_ROW(SplitterInfo, entropy),
  };
  return kSplitters;
}

namespace {

/// Null where there is none of that name.
const SplitterInfo* find_splitter(std::string_view name) {
  for (const SplitterInfo* splitter : splitters()) {
    if (splitter->name == name) return splitter;
  }
  return nullptr;
}

/// Where a step that is too long is cut, the best first.
constexpr std::array<NextCut, 3> kWithinSteps = {next_line, next_sentence, next_word};

using Cuts = std::vector<std::size_t>;

/// Counts the bytes of a text that are no blanks, from a place on.
class ContentCounter {
 public:
  ContentCounter(std::string_view text, std::size_t from) : text_(text), at_(from) {}

  /// Those up to `end`, which never goes back.
  std::size_t count_to(std::size_t end) {
    for (; at_ < end; ++at_) count_ += is_space(text_[at_]) ? 0 : 1;
    return count_;
  }

 private:
  std::string_view text_;
  std::size_t at_;
  std::size_t count_ = 0;
};

/// Cuts one text, from step to step. Where a step begins is all that is known of those before it.
class Cutter {
 public:
  Cutter(const Source& source, NextCut next, std::size_t least)
      : source_(source), next_(next), least_(least) {}

  [[nodiscard]] Cuts run(std::size_t most) const {
    Cuts cuts;
    std::size_t at = 0;
    while (cuts.size() < most) {
      const std::size_t cut = next_step(at);
      if (cut == kNoCut) break;
      cuts.push_back(at = cut);
    }
    const std::size_t last = ContentCounter(source_.text, at).count_to(source_.text.size());
    if (!cuts.empty() && last < least_) cuts.pop_back();
    return cuts;
  }

 private:
  [[nodiscard]] std::size_t next_step(std::size_t from) const {
    ContentCounter counter(source_.text, from);
    std::size_t cut = next_(source_, from);
    while (cut != kNoCut && (!source_.allows(cut) || counter.count_to(cut) < least_))
      cut = next_(source_, cut);
    const std::size_t most = source_.options.max_chars;
    if (most == 0 || counter.count_to(std::min(cut, source_.text.size())) <= most) return cut;
    return within(from, cut);
  }

  /// The last cut of the best kind that gives a step from `from` of a length that is allowed; without one,
  /// where the first word begins after that. `end` where there is none before it.
  [[nodiscard]] std::size_t within(std::size_t from, std::size_t end) const {
    for (const NextCut next : kWithinSteps) {
      const std::size_t cut = last_that_fits(next, from, end);
      if (cut != kNoCut) return cut;
    }
    const std::size_t word = next_word(source_, from);
    ContentCounter counter(source_.text, from);
    std::size_t cut = word;
    while (cut < end && counter.count_to(cut) < least_) cut = next_word(source_, cut);
    return std::min(cut, end);
  }

  [[nodiscard]] std::size_t last_that_fits(NextCut next, std::size_t from, std::size_t end) const {
    ContentCounter counter(source_.text, from);
    std::size_t last = kNoCut;
    for (std::size_t cut = next(source_, from); cut < end; cut = next(source_, cut)) {
      if (!source_.allows(cut)) continue;
      const std::size_t count = counter.count_to(cut);
      if (count > source_.options.max_chars) break;
      if (count >= least_) last = cut;
    }
    return last;
  }

  const Source& source_;
  NextCut next_;
  std::size_t least_;  ///< bytes of a step that are no blanks
};

std::vector<std::string_view> pieces(std::string_view text, const Cuts& cuts) {
  std::vector<std::string_view> steps;
  if (text.empty()) return steps;
  steps.reserve(cuts.size() + 1);
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    steps.push_back(text.substr(begin, cut - begin));
    begin = cut;
  }
  steps.push_back(text.substr(begin));
  return steps;
}

class CuttingSplitter final : public Splitter {
 public:
  CuttingSplitter(const SplitterInfo& info, SplitterOptions options)
      : info_(info), options_(std::move(options)) {}

  [[nodiscard]] std::vector<std::string_view> split(const domain::Completion& completion,
                                                    std::size_t steps_before) const override {
    const std::string_view text = completion.text;
    const std::size_t left = options_.max_steps - std::min(steps_before, options_.max_steps);
    if (left <= 1) return pieces(text, {});
    Source source{text, options_, protected_spans(text)};
    if (!info_.needs_decisions)
      return pieces(text, Cutter(source, info_.next, options_.min_chars).run(left - 1));
    if (!completion.decisions)
      return pieces(text, Cutter(source, next_line, options_.min_chars).run(left - 1));
    source.decisions = *completion.decisions;
    return pieces(text, Cutter(source, info_.next, options_.least_chars()).run(left - 1));
  }

 private:
  const SplitterInfo& info_;
  SplitterOptions options_;
};

std::string list_of_names() {
  std::string list;
  for (const SplitterInfo* splitter : splitters()) {
    if (!list.empty()) list += ", ";
    list += splitter->name;
  }
  return list;
}

}  // namespace

std::vector<std::string> splitter_names() {
  std::vector<std::string> names;
  for (const SplitterInfo* splitter : splitters()) names.emplace_back(splitter->name);
  return names;
}

bool SplitterOptions::needs_decisions() const {
  const SplitterInfo* info = find_splitter(splitter);
  return info != nullptr && info->needs_decisions;
}

std::size_t SplitterOptions::least_chars() const {
  return needs_decisions() ? std::max(min_chars, decision_chars) : min_chars;
}

bool Source::allows(std::size_t at) const {
  const auto after = std::upper_bound(spans.begin(), spans.end(), at,
                                      [](std::size_t place, const Span& span) { return place < span.end; });
  if (after != spans.end() && after->begin < at) return false;
  if (text.substr(at, 3) != "```") return true;
  std::size_t line = at;
  while (line > 0 && is_blank(text[line - 1])) --line;
  return line == 0 || text[line - 1] == '\n';
}

core::Result<std::unique_ptr<Splitter>> make_splitter(const SplitterOptions& options) {
  const SplitterInfo* info = find_splitter(options.splitter);
  if (info == nullptr) {
    return core::fail(
        core::ErrorKind::kInvalidInput,
        "steps.splitter: there is no splitter '" + options.splitter + "'; use one of " + list_of_names());
  }
  const auto wrong = [](const std::string& what) {
    return core::fail(core::ErrorKind::kInvalidInput, "steps." + what);
  };
  if (options.max_chars != 0 && options.max_chars < options.least_chars())
    return wrong("max_chars: must be 0 or at least " + std::to_string(options.least_chars()));
  if (options.tokens < 1) return wrong("tokens: must be at least 1");
  if (!(options.decision_nats * domain::kCentinats >= domain::kLeastDecision))
    return wrong("decision_nats: must be at least 0.5");
  if (options.max_steps < 1 || options.max_steps > core::limits::kStepsPerCompletion) {
    return wrong("max_steps: must be from 1 to " + std::to_string(core::limits::kStepsPerCompletion) +
                 ", not " + std::to_string(options.max_steps));
  }
  return std::make_unique<CuttingSplitter>(*info, options);
}

}  // namespace viltree::steps
