#include "jsonl_source.hpp"

#include "images.hpp"
#include "record.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/storage/file_system.hpp>
#include <viltree/storage/lines.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>

namespace viltree::dataset {

using core::ErrorKind;
using core::fail;
using core::Result;
using core::Status;

namespace {

constexpr std::size_t kKeptBytes = 4096;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// A line that is not blank; or why it could not be read.
struct ContentLine {
  std::uint64_t number = 0;
  std::string_view text;
  std::string problem;  ///< empty where the text was read
};

/// The lines of a file that are not blank.
class ContentLines {
 public:
  static Result<ContentLines> open(const std::string& path) {
    auto lines = storage::open_lines(storage::real_file_system(), path, core::limits::kProblemLineBytes);
    if (!lines) return fail(lines.error(), "dataset.path");
    return ContentLines(*std::move(lines));
  }

  /// The next one, valid until the call after; nothing at the end. An error is one of the file.
  Result<std::optional<ContentLine>> next() {
    for (;;) {
      auto line = lines_->next();
      if (!line && line.error().kind != ErrorKind::kInvalidInput) return fail(line.error(), "dataset.path");
      if (line && !*line) return std::nullopt;
      ++number_;
      if (!line) return ContentLine{number_, {}, line.error().message};
      std::string_view text = (*line)->text;
      if (number_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      if (!core::trim(text).empty()) return ContentLine{number_, text, {}};
    }
  }

  /// Passes over `many`; gives how many there were.
  Result<std::uint64_t> skip(std::uint64_t many) {
    for (std::uint64_t passed = 0; passed < many; ++passed) {
      const auto line = next();
      if (!line) return fail(line.error());
      if (!*line) return passed;
    }
    return many;
  }

 private:
  explicit ContentLines(std::unique_ptr<storage::LineSource> lines) : lines_(std::move(lines)) {}

  std::unique_ptr<storage::LineSource> lines_;
  std::uint64_t number_ = 0;
};

class JsonlSource final : public Source {
 public:
  JsonlSource(SourceOptions options, ContentLines lines, Images images, std::uint64_t count)
      : options_(std::move(options)), lines_(std::move(lines)), images_(std::move(images)), count_(count) {}

  [[nodiscard]] std::uint64_t count() const override { return count_; }

  [[nodiscard]] Result<std::optional<Item>> next() override {
    const domain::ProblemIndex index{next_};
    auto line = next_line();
    if (!line) return fail(line.error());
    if (!*line) return std::nullopt;
    std::string raw((*line)->text.substr(0, kKeptBytes));
    auto problem = read(**line);
    if (problem) {
      problem->index = index;
      return Item{index, *std::move(problem), (*line)->number, std::move(raw)};
    }
    return Item{index, Rejection{problem.error().message}, (*line)->number, std::move(raw)};
  }

  [[nodiscard]] Status skip_to(domain::ProblemIndex index) override {
    VILTREE_CHECK(index.value >= next_);
    while (next_ < std::min(index.value, count_)) {
      const auto line = next_line();
      if (!line) return fail(line.error());
      if (!*line) return {};
      static_cast<void>(read_without_images(**line));
    }
    return {};
  }

 private:
  Result<std::optional<ContentLine>> next_line() {
    if (next_ >= count_) return std::nullopt;
    ++next_;
    return lines_.next();
  }

  /// Notes the id of every record before anything is known of its images, so that what counts as a duplicate
  /// does not depend on which lines were only passed over.
  Result<Record> read_without_images(const ContentLine& line) {
    if (!line.problem.empty()) return fail(ErrorKind::kInvalidInput, line.problem);
    auto record = read_record(line.text, line.number, options_);
    if (!record) return record;
    if (!ids_.insert(core::hash64(record->problem.id)).second) {
      return fail(ErrorKind::kInvalidInput,
                  "the id '" + record->problem.id.substr(0, 200) + "' occurs a second time");
    }
    return record;
  }

  Result<domain::Problem> read(const ContentLine& line) {
    auto record = read_without_images(line);
    if (!record) return fail(record.error());
    for (const std::string& reference : record->images) {
      auto image = images_.read(reference);
      if (!image) return fail(image.error());
      record->problem.images.push_back(*std::move(image));
    }
    return std::move(record->problem);
  }

  const SourceOptions options_;
  ContentLines lines_;
  const Images images_;
  const std::uint64_t count_;
  std::uint64_t next_ = 0;
  std::unordered_set<std::uint64_t>
      ids_;  // hashes: 64 bits mistake one of a million ids once in 10^7 data sets
};

Status check_file(const std::string& path) {
  if (path.empty())
    return fail(ErrorKind::kInvalidInput, "dataset.path: must name the file, for dataset.kind: jsonl");
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const char* hint = "; check dataset.path (a relative path starts from the working directory)";
  if (!std::filesystem::exists(status)) {
    return fail(ErrorKind::kInvalidInput, "dataset.path: there is no file '" + path + "'" + hint);
  }
  if (std::filesystem::is_regular_file(status)) return {};
  return fail(ErrorKind::kInvalidInput, "dataset.path: '" + path + "' is no file" + hint);
}

Result<std::uint64_t> count_lines(const SourceOptions& options) {
  auto lines = ContentLines::open(options.path);
  if (!lines) return fail(lines.error());
  if (auto passed = lines->skip(options.offset); !passed) return passed;
  return lines->skip(options.limit > 0 ? options.limit : std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

Result<std::unique_ptr<Source>> open_jsonl(const SourceOptions& options) {
  if (auto file = check_file(options.path); !file) return fail(file.error());
  const auto folder = std::filesystem::absolute(options.path).parent_path();
  auto images = Images::open(options.root.empty() ? folder.string() : options.root);
  if (!images) return fail(images.error());
  const auto count = count_lines(options);
  if (!count) return fail(count.error());
  auto lines = ContentLines::open(options.path);
  if (!lines) return fail(lines.error());
  if (auto passed = lines->skip(options.offset); !passed) return fail(passed.error());
  return std::make_unique<JsonlSource>(options, *std::move(lines), *std::move(images), *count);
}

}  // namespace viltree::dataset
