#include "extract.hpp"

#include "boxes.hpp"
#include "marks.hpp"
#include "scan.hpp"
#include "unwrap.hpp"

#include <optional>
#include <string>
#include <utility>

namespace viltree::checker {

namespace {

using domain::Verdict;

/// What one mark found: an answer, an end of the search, or neither.
struct Attempt {
  bool ends_search = false;
  Check check;
};

bool is_answer(std::string_view piece) {
  return !piece.empty() && piece.size() <= kLongestAnswer;
}

class Extractor {
 public:
  Extractor(const Rule& rule, std::string_view solution)
      : rule_(rule), whole_(solution), said_(after_thinking(solution)) {}

  [[nodiscard]] Attempt by(Mark mark) const {
    switch (mark) {
      case Mark::kBox:
        return by_box();
      case Mark::kTag:
        return by_piece(last_tag(said_), mark);
      case Mark::kHashAtEnd:
      case Mark::kHash:
        return by_hash(mark == Mark::kHash);
      case Mark::kPhrase:
        return by_phrase();
      case Mark::kBold:
        return by_bold();
      case Mark::kLastLine:
        return by_piece(last_line(said_), mark);
      case Mark::kNumber:
        return by_piece(last_number(said_), mark);
    }
    return {};
  }

 private:
  [[nodiscard]] Attempt found(const Reading& reading, Mark mark) const {
    const auto begin = static_cast<std::size_t>(reading.answer.data() - whole_.data());
    return found(reading, {mark, begin, reading.answer.size()});
  }
  [[nodiscard]] static Attempt found(const Reading& reading, Extraction where) {
    return {true,
            {reading.right ? Verdict::kRight : Verdict::kWrong, std::string(unwrap(reading.answer)), where,
             reading.decided}};
  }

  [[nodiscard]] Attempt by_piece(std::string_view piece, Mark mark) const {
    if (!is_answer(piece)) return {};
    const auto reading = rule_.read(piece, mark);
    return reading ? found(*reading, mark) : Attempt{};
  }

  /// What is in a box and cannot be read is a wrong answer.
  [[nodiscard]] Attempt by_box() const {
    const auto boxes = last_boxes(said_);
    if (boxes.empty()) return {};
    if (boxes.size() > 1 && rule_.takes_lists()) return by_boxes(boxes);
    const std::string_view box = boxes.back();
    if (!is_answer(box)) return {};
    return found(rule_.read(box, Mark::kBox).value_or(Reading{false, box, false}), Mark::kBox);
  }

  /// Boxes one after the other are the parts of one answer.
  [[nodiscard]] Attempt by_boxes(const std::vector<std::string_view>& boxes) const {
    std::string list;
    for (const std::string_view box : boxes) {
      if (list.size() + box.size() > kLongestAnswer) return {};
      list += (list.empty() ? "" : ", ");
      list += box;
    }
    if (!is_answer(list)) return {};
    const auto begin = static_cast<std::size_t>(boxes.front().data() - whole_.data());
    const auto end = static_cast<std::size_t>(boxes.back().data() - whole_.data()) + boxes.back().size();
    return found(rule_.read(list, Mark::kBox).value_or(Reading{false, list, false}),
                 {Mark::kBox, begin, end - begin});
  }

  [[nodiscard]] Attempt by_hash(bool anywhere) const {
    const auto hash = last_hash_line(said_);
    if (!hash || (!hash->ends_solution && !anywhere)) return {};
    return by_piece(hash->content, hash->ends_solution ? Mark::kHashAtEnd : Mark::kHash);
  }

  /// "The answer is 3 or 5" must not be judged by the last number of the text.
  [[nodiscard]] Attempt by_phrase() const {
    const auto phrase = last_phrase(said_, rule_.takes_lists() ? Announced::kSeveral : Announced::kOne);
    if (!phrase) return {};
    Attempt attempt = by_piece(*phrase, Mark::kPhrase);
    attempt.ends_search = true;
    return attempt;
  }

  /// The last span that can be read alone.
  [[nodiscard]] Attempt by_bold() const {
    const auto spans = bold_spans(said_);
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      if (Attempt attempt = by_piece(*span, Mark::kBold); attempt.ends_search) return attempt;
    }
    return {};
  }

  const Rule& rule_;
  std::string_view whole_;
  std::string_view said_;  ///< without what was only thought
};

}  // namespace

Check extract(const Rule& rule, std::string_view solution, std::span<const Mark> marks) {
  const Extractor extractor(rule, solution);
  for (const Mark mark : marks) {
    if (Attempt attempt = extractor.by(mark); attempt.ends_search) return std::move(attempt.check);
  }
  return {};
}

}  // namespace viltree::checker
