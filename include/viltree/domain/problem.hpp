#pragma once

#include <viltree/domain/ids.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::domain {

/// An image by its content. Immutable once made; copies share the bytes.
struct Image {
  std::string sha256;      ///< of the bytes, lower-case hex
  std::string media_type;  ///< by content, not by name: "image/png", "image/jpeg", …
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::string path;                          ///< as the data set names it; empty for a data URL
  std::shared_ptr<const std::string> bytes;  ///< the file itself; null where only the record was read
};

/// How an answer is compared (`dataset.answer.type`).
enum class AnswerKind : std::uint8_t {
  kAuto,    ///< by what the reference answer looks like
  kNumber,  ///< by value, with its unit
  kChoice,  ///< one or several of the choices
  kExact,   ///< as text, but for case, blanks and dress
  kMath,    ///< as a mathematical value
  kList,    ///< item by item
  kJudge,   ///< by a model
  kText,    ///< as words: without articles and punctuation
  kDate,    ///< as a date or a time of day
  kAnls,    ///< as text that may differ by a share of its letters
};

[[nodiscard]] std::string_view name(AnswerKind kind);
[[nodiscard]] std::optional<AnswerKind> answer_kind_from(std::string_view name);

/// One question, as the data set gives it.
struct Problem {
  ProblemIndex index;
  std::string id;  ///< unique in its data set
  std::string question;
  std::vector<Image> images;
  std::string answer;  ///< the reference answer
  AnswerKind answer_kind = AnswerKind::kAuto;
  std::vector<std::string> choices;
  std::string source;
  std::string split;
};

/// The choices as a model reads them: "A. first\nB. second"; empty where there are none. Those beyond Z have
/// no letter, and are left out.
[[nodiscard]] std::string choice_lines(const Problem& problem);

/// 16 hex digits that change when anything does that the policy or the checker sees (question, images'
/// contents, answer, kind, choices, id). A journal's answers are only used for a problem with the same
/// fingerprint.
[[nodiscard]] std::string fingerprint(const Problem& problem);

}  // namespace viltree::domain
