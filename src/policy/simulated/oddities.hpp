#pragma once

#include "reply.hpp"

#include <viltree/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace viltree::simulated {

/// The table in server.hpp says what each does.
enum class ChoiceOddity : std::uint8_t {
  kNull,
  kNullLength,
  kToolCall,
  kRefusal,
  kAbort,
  kNoWord,
  kUnclosed,
  // Of a choice that was asked for in the words of policy/reprompt.hpp.
  kTags,
  kPreamble,
  kRestated,
  kRestatedStep,
  kRestarted,
  kOnlyRestated,
};

/// What is valid in replies, or nearly so, and not what clients expect. What is odd with a choice follows
/// from its seed, so that it comes again when it is asked for again; the forms of replies are always the
/// same. Immutable.
class Oddities {
 public:
  /// The grammar is in server.hpp. kInvalidInput with the part that is wrong.
  [[nodiscard]] static core::Result<Oddities> parse(std::string_view specification);

  /// Makes the choice that this seed gave odd, or leaves it. `shown`: the prefix that the user asked to go on
  /// from in words; empty: none.
  void change(std::uint64_t seed, std::string_view shown, Choice& choice) const;

  [[nodiscard]] const ReplyForm& form() const { return form_; }

 private:
  struct Share {
    ChoiceOddity kind;
    double share;  ///< of the seeds
  };
  std::vector<Share> of_choices_;
  ReplyForm form_;
};

}  // namespace viltree::simulated
