#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <viltree/core/result.hpp>

namespace viltree::steps {

/// How solutions are cut into steps (`steps:` in the configuration).
struct SplitterOptions {
  std::string splitter = "blank-line";  ///< one of splitter_names()
  std::size_t max_steps = 32;           ///< steps of a whole solution; what comes after is merged into the last
  std::size_t min_chars = 1;            ///< a step with fewer non-blank bytes is merged with the next one
};

/// Cuts text into steps. The exact-text rule: the steps' concatenation is the text, byte for byte; a separator
/// belongs to the step before it. Never cuts inside a code block or a formula. Pure and thread-safe.
class Splitter {
 public:
  Splitter() = default;
  Splitter(const Splitter&) = delete;
  Splitter& operator=(const Splitter&) = delete;
  virtual ~Splitter() = default;

  /// The steps of `text`, which continues a solution that has `steps_before` steps already and ended at a step's
  /// end. Views into `text`; none of them empty; none at all where `text` is empty.
  [[nodiscard]] virtual std::vector<std::string_view> split(std::string_view text,
                                                            std::size_t steps_before) const = 0;
};

[[nodiscard]] std::vector<std::string> splitter_names();

/// kInvalidInput where there is no splitter of that name (the message lists them).
[[nodiscard]] core::Result<std::unique_ptr<Splitter>> make_splitter(const SplitterOptions& options);

}  // namespace viltree::steps
