#pragma once

#include "reply.hpp"

#include <viltree/domain/completion.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// What a model that is shown a solution's beginning and asked to go on (policy/reprompt.hpp) writes before
/// it goes on, if it does. Where this is certain it is taken off, so that prefix and completion put together
/// are one solution; where they would hold the beginning twice the completion is rejected.
///
/// Taken off, in any order and several times:
/// - the words and tags of reprompt(), wherever they are, unless the prefix has such tags itself;
/// - a first line that talks of the continuation ("Sure, here is the continuation:");
/// - the whole prefix, or its end from the beginning of a line or sentence on, of at least 12 bytes. Blanks,
///   marks of emphasis and headings, the number before the line, and a last mark of punctuation may differ.
///
/// Rejected:
/// - what then has no text left, or has a part of the prefix alone;
/// - what begins again: with the prefix's first line, with its last one under a number that is no later one,
///   or with a numbered line that has the number and the beginning of one in the prefix, or all of one where
///   a headline or other numbers are between; also behind one other line, or with its second line behind
///   something like its first.
///
/// A completion in which nothing of this is stays as it is, byte for byte. Immutable.
class Restatement {
 public:
  /// The prefix must outlive it, and not be empty.
  explicit Restatement(std::string_view prefix);

  struct Mended {
    bool stripped = false;
    std::optional<std::string> rejected;  ///< why
  };
  /// In time linear in the prefix and the text.
  [[nodiscard]] Mended mend(domain::Completion& completion) const;

 private:
  /// A text without blanks and marks of emphasis.
  struct Bare {
    std::string bytes;
    std::vector<std::size_t> places;  ///< of these, in the text
  };
  struct Line {
    std::optional<std::uint32_t> number;  ///< "Step 3:", "3."
    std::string body;                     ///< bare, without the number and a last mark of punctuation
    bool heads = false;                   ///< what follows, which may be numbered anew
  };

  [[nodiscard]] static Bare bare(std::string_view text, std::size_t most);
  [[nodiscard]] static Line line_of(std::string_view text);
  /// Lines that are not blank, at most so many.
  [[nodiscard]] static std::vector<Line> lines_of(std::string_view text, std::size_t most);
  /// The number at the beginning of a line, and the byte behind it; none where there is none.
  struct Numbered {
    std::optional<std::uint32_t> number;
    std::size_t end = 0;
  };
  [[nodiscard]] static Numbered number_of(std::string_view line);

  void find_borders();
  void find_open_list();
  void take_words_off(domain::Completion& completion) const;
  [[nodiscard]] bool take_preamble_off(domain::Completion& completion) const;
  [[nodiscard]] bool take_prefix_off(domain::Completion& completion) const;
  [[nodiscard]] std::optional<std::size_t> end_of_restated(std::string_view text, std::size_t end) const;
  [[nodiscard]] bool begins_again(std::string_view text) const;
  [[nodiscard]] bool begins_like_a_line(const Line& line) const;

  std::string_view prefix_;
  bool has_tags_;
  bool ends_with_blank_;
  Bare bare_;                  ///< without a last mark of punctuation where it ends with a blank
  std::vector<bool> borders_;  ///< by bare byte: a line or a sentence begins here
  std::vector<Line> lines_;
  std::size_t open_list_ = 0;  ///< of these, the first whose number would be a later one's, too
};

/// What was found in a reply's choices.
struct Restated {
  std::uint32_t stripped = 0;
  std::vector<LostChoice> rejected;  ///< by index
};

/// Mends every choice; those that are rejected are not in the reply any more, neither as choices nor as lost
/// ones. What was withheld by a filter stays as it is.
[[nodiscard]] Restated take_restatements_off(ParsedReply& reply, std::string_view prefix);

}  // namespace viltree::http
