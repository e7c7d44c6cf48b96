#include "cuts.hpp"
#include "lines.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>

namespace viltree::steps {

namespace {

/// Goes through the pieces of a text between which it may be cut, words and formulas.
class Pieces {
 public:
  Pieces(const Source& source, std::size_t from) : source_(source), following_(from) { next(); }

  /// Goes to the next piece; false where there is none.
  bool next() {
    begin_ = following_;
    if (begin_ == kNoCut) return false;
    following_ = next_word(source_, begin_);
    end_ = content_end(std::min(following_, source_.text.size()));
    return true;
  }

  [[nodiscard]] std::size_t begin() const { return begin_; }
  /// Without the blanks after it, which belong to the next one's first token.
  [[nodiscard]] std::size_t end() const { return end_; }

 private:
  [[nodiscard]] std::size_t content_end(std::size_t at) const {
    while (at > begin_ && is_space(source_.text[at - 1])) --at;
    return at;
  }

  const Source& source_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t following_;
};

/// The next word with a decision beyond options.decision_nats, of those that the source allows.
std::size_t next_decision(const Source& source, std::size_t from) {
  const auto before = [](const domain::Decision& decision, std::size_t at) { return decision.offset < at; };
  const auto least = static_cast<long>(std::lround(source.options.decision_nats * domain::kCentinats));
  Pieces pieces(source, from);
  auto decision = std::lower_bound(source.decisions.begin(), source.decisions.end(), pieces.end(), before);
  for (; decision != source.decisions.end(); ++decision) {
    if (decision->centinats <= least) continue;
    while (decision->offset >= pieces.end()) {
      if (!pieces.next()) return kNoCut;
    }
    if (pieces.begin() != from) return pieces.begin();
  }
  return kNoCut;
}

}  // namespace

const SplitterInfo& entropy() {
  static constexpr SplitterInfo kInfo{.name = "entropy", .next = next_decision, .needs_decisions = true};
  return kInfo;
}

}  // namespace viltree::steps
