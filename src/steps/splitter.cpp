#include "cuts.hpp"
#include "lines.hpp"
#include "spans.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/steps/splitter.hpp>

#include <algorithm>
#include <array>

namespace viltree::steps {

namespace {

struct Method {
  std::string_view name;
  Cuts (*find)(std::string_view text);
};

constexpr std::array<Method, 4> kMethods = {{
    {"blank-line", blank_line_cuts},
    {"line", line_cuts},
    {"numbered", numbered_cuts},
    {"tags", tag_cuts},
}};

/// Removes the cuts that fall inside a span.
void keep_whole(const std::vector<Span>& spans, Cuts& cuts) {
  auto span = spans.begin();
  std::erase_if(cuts, [&](std::size_t cut) {
    while (span != spans.end() && span->end <= cut) ++span;
    return span != spans.end() && span->begin < cut;
  });
}

/// Counts the bytes of a text that are no blanks, going on from where it stood.
class ContentCounter {
 public:
  explicit ContentCounter(std::string_view text) : text_(text) {}

  /// Those since the last start_over(), up to `end`.
  std::size_t count_to(std::size_t end) {
    for (; at_ < end; ++at_) count_ += is_blank(text_[at_]) || text_[at_] == '\n' ? 0 : 1;
    return count_;
  }
  void start_over() { count_ = 0; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

/// Removes the cuts before which, or after the last of which, there is too little for a step.
void merge_short(std::string_view text, std::size_t least, Cuts& cuts) {
  ContentCounter counter(text);
  std::erase_if(cuts, [&](std::size_t cut) {
    if (counter.count_to(cut) < least) return true;
    counter.start_over();
    return false;
  });
  if (!cuts.empty() && counter.count_to(text.size()) < least) cuts.pop_back();
}

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

class MethodSplitter final : public Splitter {
 public:
  MethodSplitter(const Method& method, SplitterOptions options)
      : method_(method), options_(std::move(options)) {}

  [[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                    std::size_t steps_before) const override {
    Cuts cuts = method_.find(text);
    keep_whole(protected_spans(text), cuts);
    merge_short(text, options_.min_chars, cuts);
    const std::size_t left = options_.max_steps - std::min(steps_before, options_.max_steps);
    const std::size_t most_cuts = left > 0 ? left - 1 : 0;
    if (cuts.size() > most_cuts) cuts.resize(most_cuts);
    return pieces(text, cuts);
  }

 private:
  Method method_;
  SplitterOptions options_;
};

std::string list_of_names() {
  std::string list;
  for (const Method& method : kMethods) {
    if (!list.empty()) list += ", ";
    list += method.name;
  }
  return list;
}

}  // namespace

std::vector<std::string> splitter_names() {
  std::vector<std::string> names;
  for (const Method& method : kMethods) names.emplace_back(method.name);
  return names;
}

core::Result<std::unique_ptr<Splitter>> make_splitter(const SplitterOptions& options) {
  const auto* const method = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& candidate) {
    return candidate.name == options.splitter;
  });
  if (method == kMethods.end()) {
    return core::fail(
        core::ErrorKind::kInvalidInput,
        "steps.splitter: there is no splitter '" + options.splitter + "'; use one of " + list_of_names());
  }
  if (options.max_steps < 1 || options.max_steps > core::limits::kStepsPerCompletion) {
    return core::fail(core::ErrorKind::kInvalidInput, "steps.max_steps: must be from 1 to " +
                                                          std::to_string(core::limits::kStepsPerCompletion) +
                                                          ", not " + std::to_string(options.max_steps));
  }
  return std::make_unique<MethodSplitter>(*method, options);
}

}  // namespace viltree::steps
