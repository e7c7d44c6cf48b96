#pragma once

#include "exchange.hpp"
#include "failure.hpp"
#include "prompt.hpp"

#include <viltree/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace viltree::http {

class Lane;

/// Generated tokens, roughly where they were not counted.
struct ReplySize {
  std::uint64_t tokens = 0;
  std::uint64_t longest = 0;  ///< of the siblings
  /// Those of the prompt too, where the server counted both.
  std::optional<std::uint64_t> counted = std::nullopt;
};

/// One request, with all its attempts. Called on the network thread alone.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  [[nodiscard]] virtual std::size_t model() const = 0;
  [[nodiscard]] virtual const PromptPtr& prompt()
      const = 0;  ///< of the tree, whose home decides where it goes
  [[nodiscard]] virtual std::uint32_t sequences() const = 0;
  [[nodiscard]] virtual std::uint64_t prompt_tokens() const = 0;  ///< roughly
  [[nodiscard]] virtual std::uint64_t most_tokens() const = 0;    ///< generated, of each sequence
  [[nodiscard]] virtual bool has_prefix() const = 0;
  /// Sequences that are not done before it is, its own and its share of those that have come.
  [[nodiscard]] virtual std::uint32_t held_up() const = 0;
  /// False: nobody waits for it any more, so no further attempt is made.
  [[nodiscard]] virtual bool is_wanted() const = 0;

  /// Keeps so many sequences at most, and gives the rest to another call for the same lane.
  virtual void fit(std::uint32_t sequences, const Lane& lane) = 0;
  /// For each attempt anew.
  [[nodiscard]] virtual HttpRequest request(const Lane& lane) = 0;
  /// Of this attempt's sequences, those that are known to be complete although the reply is not.
  [[nodiscard]] virtual std::uint32_t ended() const = 0;
  /// Takes the reply in, or says why not.
  [[nodiscard]] virtual std::optional<Failure> accept(HttpReply reply, Lane& lane) = 0;
  /// Of the accepted reply.
  [[nodiscard]] virtual ReplySize size() const = 0;
  /// True where a failure can be met with another request at once: a refusal by images sent anew, siblings of
  /// which nothing could be used by asking again.
  [[nodiscard]] virtual bool has_remedy(const Failure& failure, const Lane& lane) = 0;
  /// Once, as the last call: success after an accepted reply, else the error, which is kPermanent where the
  /// prefix is refused, or nothing could be used of the last reply.
  virtual void finish(core::Status status) = 0;
};

}  // namespace viltree::http
