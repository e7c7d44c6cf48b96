#pragma once

#include <viltree/checker/checker.hpp>
#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace viltree::dataset {

/// Which field of a line holds what. A field that a line has not, or that is null, is left empty, except the
/// question and the answer. Texts may be numbers. An empty name: no such field.
struct FieldNames {
  std::string id = "id";  ///< where absent, the id is "line-<number>"
  std::string question = "question";
  std::string images = "images";  ///< one text or a list: paths below the root, or data URLs
  std::string answer = "answer";
  std::string choices = "choices";  ///< a list; an empty one is none
  std::string source = "source";
  std::string split = "split";
  std::string answer_type = "answer_type";  ///< where present, it overrides SourceOptions::answer_kind
};

/// How many of the built-in problems are taken where nothing else is said.
inline constexpr std::uint64_t kDemoProblems = 256;

struct SourceOptions {
  std::string kind = "demo";  ///< jsonl | demo
  std::string path = {};
  std::string root = {};  ///< images lie below it; empty: the file's folder
  FieldNames fields = {};
  domain::AnswerKind answer_kind = domain::AnswerKind::kAuto;
  /// The answer is what follows the last occurrence of this mark, trimmed; empty: all of it. A line whose
  /// answer is a text without the mark is rejected.
  std::string answer_after = {};
  checker::CheckOptions check = {};  ///< how answers to the problems are found and compared
  std::uint64_t offset = 0;          ///< lines to pass over; blank lines never count
  std::uint64_t limit = 0;           ///< lines to take; 0: all (demo: kDemoProblems)
  std::uint64_t seed = 1;            ///< of the built-in problems
};

/// A line that is no problem, reported and put aside: it is no JSON object in UTF-8 or nested too deep, it
/// has no question, its answer is missing or cannot be compared, its id occurred before, or an image is
/// missing, outside the root, too large or no image.
struct Rejection {
  std::string reason;
};

struct Item {
  domain::ProblemIndex index;
  std::variant<domain::Problem, Rejection> content;
  std::uint64_t line = 0;  ///< number in the file, from 1; of a built-in problem, its own
  std::string raw = {};    ///< the line itself, at most 4 KiB of it; of a built-in problem, nothing
};

/// A data set, read once from start to end. Not thread-safe.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Problems and rejections to come in all, counted before reading.
  [[nodiscard]] virtual std::uint64_t count() const = 0;

  /// The next item with its images read and checked; none at the end. Its index is the ordinal of its line
  /// after `offset`, whether it is a problem or a rejection. An error is one of the file itself.
  [[nodiscard]] virtual core::Result<std::optional<Item>> next() = 0;

  /// Passes over all items before `index`, which must not be behind the next one, without reading their
  /// images. Their ids are noted all the same, so that what follows does not depend on what was passed over.
  [[nodiscard]] virtual core::Status skip_to(domain::ProblemIndex index) = 0;
};

/// Counts the lines in a first pass. kInvalidInput with the key and what to do: no such kind, file or folder;
/// kCorruption: damaged zstd data; kPermanent: the disk.
[[nodiscard]] core::Result<std::unique_ptr<Source>> open_source(const SourceOptions& options);

}  // namespace viltree::dataset
