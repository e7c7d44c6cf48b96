#pragma once

#include "spans.hpp"

#include <viltree/steps/splitter.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace viltree::steps {

inline constexpr std::size_t kNoCut = std::string_view::npos;

/// What a splitter looks at.
struct Source {
  std::string_view text;
  const SplitterOptions& options;
  std::vector<Span> spans;                        ///< formulas and code blocks of the text
  std::span<const domain::Decision> decisions{};  ///< in the text

  /// Whether a step may begin at `at`: not inside a span, nor before ``` within a line, which would become a
  /// code block's mark at the beginning of a step.
  [[nodiscard]] bool allows(std::size_t at) const;
};

/// Each finds the first place after `from`, where a step begins, at which its splitter would cut, with
/// content before and after it; kNoCut where there is none. Whether the source allows it is not regarded, but
/// by those that say so. What lies before `from` must not be looked at, so that a solution's rest is cut as
/// the whole was.
using NextCut = std::size_t (*)(const Source& source, std::size_t from);

/// A way to cut, by name. To add one: a file in splitters/ with the function that returns it, and a line in
/// the table of splitter.cpp.
struct SplitterInfo {
  std::string_view name;
  NextCut next;
  /// It looks at the decisions of a completion, and its steps are decision_chars long at least. What has no
  /// decisions is cut by line.
  bool needs_decisions = false;
};

// Cuts that others go by, too.
std::size_t next_line(const Source& source, std::size_t from);
/// The next sentence, of those that the source allows.
std::size_t next_sentence(const Source& source, std::size_t from);
/// The next word, of those that the source allows.
std::size_t next_word(const Source& source, std::size_t from);

}  // namespace viltree::steps
