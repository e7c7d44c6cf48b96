#pragma once

#include "spans.hpp"

#include <viltree/steps/splitter.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace viltree::steps {

inline constexpr std::size_t kNoCut = std::string_view::npos;

/// What a splitter looks at.
struct Source {
  std::string_view text;
  const SplitterOptions& options;
  std::vector<Span> spans;  ///< formulas and code blocks of the text

  /// Whether a step may begin at `at`: not inside a span, nor before ``` within a line, which would become a
  /// code block's mark at the beginning of a step.
  [[nodiscard]] bool allows(std::size_t at) const;
};

/// Each finds the first place after `from`, where a step begins, at which its splitter would cut, with
/// content before and after it; kNoCut where there is none. Whether the source allows it is not regarded, but
/// by those that say so. What lies before `from` must not be looked at, so that a solution's rest is cut as
/// the whole was.
using NextCut = std::size_t (*)(const Source& source, std::size_t from);

std::size_t next_paragraph(const Source& source, std::size_t from);
std::size_t next_line(const Source& source, std::size_t from);
std::size_t next_title(const Source& source, std::size_t from);
std::size_t next_tag(const Source& source, std::size_t from);
/// The next sentence, of those that the source allows.
std::size_t next_sentence(const Source& source, std::size_t from);
/// The next word, of those that the source allows.
std::size_t next_word(const Source& source, std::size_t from);
/// The word boundary nearest to options.tokens, of those that the source allows.
std::size_t next_length(const Source& source, std::size_t from);

}  // namespace viltree::steps
