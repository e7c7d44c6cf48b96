#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::simulated {

/// Where a solution stands after a whole step: everything that decides how it goes on. Its text determines
/// it.
struct State {
  std::int32_t item = 0;       ///< the next item to read; in the generic solver, the number of steps written
  std::int32_t total = 0;      ///< the result so far, as the text has it
  std::int32_t slip = 0;       ///< what the latest unnoticed mistake added to `total`; 0: nothing to notice
  std::int32_t slip_item = 0;  ///< the item of that mistake
  bool started = false;        ///< the opening step is written
  bool hasty = false;          ///< opened as a quick look: more mistakes, fewer checks
  bool misled = false;         ///< works on another question than the one asked
  bool checked = false;        ///< has looked back since the last item, so that it cannot do so for ever
  bool done = false;           ///< the answer is given

  friend bool operator==(const State&, const State&) = default;
};

struct StateHash {
  std::size_t operator()(const State& state) const;
};

using Phrasings = std::vector<std::string>;
/// What the placeholders of a phrasing stand for.
using Words = std::vector<std::pair<std::string_view, std::string>>;

/// One whole step that may be written at a state. Its text is made when asked for, since few of the steps
/// that may be written are. The phrasing must outlive it.
struct Move {
  double probability = 0;
  State next;
  const std::string* phrasing = nullptr;
  std::shared_ptr<const Words> words;
  bool within_line = false;  ///< no blank line follows

  /// Ends with a blank line, unless it stands within a line or is the last step, which gives the answer.
  [[nodiscard]] std::string text() const;
};

/// A Markov writer of solutions. Immutable and thread-safe.
class Solver {
 public:
  Solver() = default;
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  virtual ~Solver() = default;

  /// The steps that may come next, with probabilities that sum to 1; none where the solution is done. No text
  /// is a prefix of another, so that a walk through a text finds its state. Every path is finite.
  [[nodiscard]] virtual std::vector<Move> moves(const State& state) const = 0;
};

/// Replaces each {name} that `words` knows; everything else stays, so that "\boxed{{total}}" works.
[[nodiscard]] std::string fill(std::string_view phrasing, const Words& words);

/// Collects the moves of one state.
class MoveList {
 public:
  /// A step in several phrasings, of which the earlier are likelier, and which must outlive the moves.
  /// Nothing where `probability` is 0.
  void add(const Phrasings& phrasings, Words words, double probability, const State& next);
  void add(Phrasings&& phrasings, Words words, double probability, const State& next) = delete;
  /// A part of a line, after which the next step follows at once. The phrasing must outlive the moves.
  void add_within_line(const std::string& phrasing, Words words, double probability, const State& next);
  [[nodiscard]] std::vector<Move> take() { return std::move(moves_); }

 private:
  std::vector<Move> moves_;
};

}  // namespace viltree::simulated
