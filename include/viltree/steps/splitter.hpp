#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::steps {

/// How solutions are cut into steps (`steps:` in the configuration). The splitters:
///  - blank-line  a step begins after a blank line (or several);
///  - line        at every line that is not blank;
///  - numbered    at a line that begins with "Step 3:" or "3.", Markdown's # and * before it allowed;
///  - tags        at <step>; what stands outside <step>…</step> belongs to the step before, or if there is
///                none to the next.
///  - sentence    after the end of a sentence: . ! or ? before a blank, 。！？．, or a blank line. Not after
///                numbers of items, abbreviations, initials, and three dots.
///  - tokens      at the word that comes nearest to so many tokens. They are estimated from the words, for
///                the model's own tokenizer is not known.
///  - entropy     at a word in which the policy decided something: with a token of low probability. A formula
///                or code block counts as a word. What has no log-probabilities is cut as by `line`.
struct SplitterOptions {
  std::string splitter = "blank-line";  ///< one of splitter_names()
  /// Steps of a whole solution, 1 to 4096; what comes after is merged into the last.
  std::size_t max_steps = 32;
  /// A step with fewer bytes that are no blanks is merged with the next one, the last with the one before.
  std::size_t min_chars = 1;
  /// A step with more bytes that are no blanks is cut further: at its last line within the limit, or else
  /// sentence, or else word. A formula, a code block or a word that is longer stays whole. 0: no limit.
  std::size_t max_chars = 0;
  std::uint32_t tokens = 64;  ///< of a step, about: for the splitter `tokens`
  // For the splitter `entropy`: it cuts at tokens of a probability below e^-decision_nats, in steps of at
  // least so many bytes that are no blanks.
  double decision_nats = 1.0;  ///< at least 0.5, below which completions keep none
  std::size_t decision_chars = 40;

  /// Whether the splitter needs completions that say their decisions.
  [[nodiscard]] bool needs_decisions() const;
  /// What min_chars and the splitter's own limit make together.
  [[nodiscard]] std::size_t least_chars() const;
};

/// Cuts completions into steps. The exact-text rule: the steps' concatenation is the text, byte for byte; a
/// separator belongs to the step before it, blanks at the very start to the first step. Never cuts inside a
/// ``` code block or a formula ($…$ within a paragraph, $$…$$, \[…\], \(…\), \begin{…}…\end{…}); a formula
/// that is not closed is plain text, a code block that is not closed runs to the end. Any bytes; linear in
/// the text. Pure and thread-safe.
class Splitter {
 public:
  Splitter() = default;
  Splitter(const Splitter&) = delete;
  Splitter& operator=(const Splitter&) = delete;
  virtual ~Splitter() = default;

  /// The steps of the completion's text, which continues a solution that has `steps_before` steps already and
  /// ended at a step's end. Views into the text; none of them empty; none at all where it is empty; one where
  /// no step is left. Cutting a solution's rest, from the end of any of its steps on, gives the same steps as
  /// cutting the whole.
  [[nodiscard]] virtual std::vector<std::string_view> split(const domain::Completion& completion,
                                                            std::size_t steps_before) const = 0;
};

[[nodiscard]] std::vector<std::string> splitter_names();

/// kInvalidInput where there is no splitter of that name (the message lists them) or an option is out of its
/// range.
[[nodiscard]] core::Result<std::unique_ptr<Splitter>> make_splitter(const SplitterOptions& options);

}  // namespace viltree::steps
