#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>

namespace viltree::dataset {

/// Which field of a line holds what; a field that a line has not is left empty, except the question.
struct FieldNames {
  std::string id = "id";  ///< where absent, the id is "line-<number>"
  std::string question = "question";
  std::string images = "images";  ///< a string or a list of strings: paths below the root, or data URLs
  std::string answer = "answer";
  std::string choices = "choices";
  std::string source = "source";
  std::string split = "split";
  std::string answer_type = "answer_type";
};

struct SourceOptions {
  std::string kind = "demo";  ///< jsonl | demo
  std::string path;
  std::string root;  ///< images lie below it; empty: the file's folder
  FieldNames fields;
  domain::AnswerKind answer_kind = domain::AnswerKind::kAuto;
  std::string answer_after;  ///< the answer is what follows the last occurrence of this mark; empty: all of it
  std::uint64_t offset = 0;  ///< lines to pass over
  std::uint64_t limit = 0;   ///< lines to take; 0: all (demo: 256)
  std::uint64_t seed = 1;    ///< of the built-in problems
};

/// A line that is no problem: reported and put aside.
struct Rejection {
  std::uint64_t line = 0;  ///< number in the file, from 1
  std::string reason;
  std::string raw;  ///< the line itself, at most 4 KiB of it
};

struct Item {
  domain::ProblemIndex index;
  std::variant<domain::Problem, Rejection> content;
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

  /// The next item with its images read and checked; none at the end. An error is one of the file itself.
  [[nodiscard]] virtual core::Result<std::optional<Item>> next() = 0;

  /// Passes over all items before `index` without reading their images (ids are still checked for duplicates).
  [[nodiscard]] virtual core::Status skip_to(domain::ProblemIndex index) = 0;
};

[[nodiscard]] core::Result<std::unique_ptr<Source>> open_source(const SourceOptions& options);

}  // namespace viltree::dataset
