#include <viltree/checker_lines/check_lines.hpp>
#include <viltree/codec/checked_line.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace viltree::checker_lines {

namespace {

using domain::Verdict;

constexpr std::size_t kBatchLines = 512;
constexpr std::size_t kBatchBytes = core::limits::kMiB;

struct Input {
  std::uint64_t number = 0;
  std::string text;
  std::string error;  ///< why there is no text
};

struct BadLine {
  std::uint64_t number;
  std::string reason;
};

/// Some lines on their way through the pipeline.
struct Batch {
  std::vector<Input> lines;
  std::string out;
  Summary summary;
  std::vector<BadLine> bad;
};
using BatchPtr = std::shared_ptr<Batch>;

codec::CheckedLine checked_line(const checker::Check& check) {
  codec::CheckedLine line;
  line.verdict = check.verdict;
  line.answer = check.answer;
  if (check.where)
    line.place = codec::FoundAt{checker::name(check.where->mark), check.where->begin, check.where->bytes};
  return line;
}

void count(const checker::Check& check, Summary& summary) {
  ++(check.verdict == Verdict::kRight   ? summary.right
     : check.verdict == Verdict::kWrong ? summary.wrong
                                        : summary.unparsed);
  if (check.where) ++summary.rules[std::string(checker::name(check.where->mark))];
}

void add(const Summary& part, Summary& sum) {
  sum.right += part.right;
  sum.wrong += part.wrong;
  sum.unparsed += part.unparsed;
  sum.bad += part.bad;
  for (const auto& [rule, times] : part.rules) sum.rules[rule] += times;
}

/// next lines (in order) ─► decode, check, encode (parallel) ─► write (in order)
class Stream {
 public:
  Stream(storage::LineSource& lines, const Options& options, const Write& write, const Complain& complain)
      : lines_(lines), options_(options), write_(write), complain_(complain) {}

  core::Result<Summary> run() {
    tbb::task_arena arena(options_.threads == 0 ? tbb::task_arena::automatic : options_.threads);
    const auto in_flight = static_cast<std::size_t>(arena.max_concurrency()) * 2;
    arena.execute([&] {
      using tbb::filter_mode;
      tbb::parallel_pipeline(
          in_flight,
          tbb::make_filter<void, BatchPtr>(filter_mode::serial_in_order, [&](tbb::flow_control& control) {
            return next(control);
          }) & tbb::make_filter<BatchPtr, BatchPtr>(filter_mode::parallel, [&](const BatchPtr& batch) {
            for (Input& line : batch->lines) check(line, *batch);
            return batch;
          }) & tbb::make_filter<BatchPtr, void>(filter_mode::serial_in_order, [&](const BatchPtr& batch) {
            deliver(*batch);
          }));
    });
    if (write_error_) return core::fail(*write_error_);
    if (read_error_) return core::fail(*read_error_);
    return std::move(summary_);
  }

 private:
  BatchPtr next(tbb::flow_control& control) {
    auto batch = std::make_shared<Batch>();
    std::size_t bytes = 0;
    while (!ended_ && !stopped_ && batch->lines.size() < kBatchLines && bytes < kBatchBytes) {
      if (auto line = next_line()) {
        bytes += line->text.size();
        batch->lines.push_back(*std::move(line));
      }
    }
    if (!batch->lines.empty()) return batch;
    control.stop();
    return nullptr;
  }

  /// Nothing at the end, and for a blank line.
  std::optional<Input> next_line() {
    auto line = lines_.next();
    if (!line) {
      ++number_;
      if (line.error().kind == core::ErrorKind::kInvalidInput)
        return Input{number_, {}, line.error().message};
      read_error_ = std::move(line.error());
      ended_ = true;
      return std::nullopt;
    }
    ended_ = !line->has_value();
    if (ended_) return std::nullopt;
    number_ = (*line)->number;
    if (core::trim((*line)->text).empty()) return std::nullopt;
    return Input{number_, std::string((*line)->text), {}};
  }

  void check(Input& line, Batch& batch) const {
    if (!line.error.empty()) return refuse(line, {}, std::move(line.error), batch);
    auto request = codec::decode_check_request(line.text, options_.kind);
    if (!request) return refuse(line, {}, std::move(request.error().message), batch);
    auto kind = checker::check_kind(request->problem.answer_kind);
    if (!kind) return refuse(line, std::move(request->id), std::move(kind.error().message), batch);
    auto checker = checker::Checker::make(request->problem, options_.check);
    if (!checker) return refuse(line, std::move(request->id), std::move(checker.error().message), batch);
    const checker::Check check = checker->check(request->response);
    codec::CheckedLine out = checked_line(check);
    out.id = std::move(request->id);
    batch.out += codec::encode_checked_line(out) + "\n";
    count(check, batch.summary);
  }

  static void refuse(const Input& line, codec::LineId id, std::string reason, Batch& batch) {
    codec::CheckedLine out;
    out.id = std::move(id);
    out.error = codec::LineError{line.number, reason};
    batch.out += codec::encode_checked_line(out) + "\n";
    ++batch.summary.bad;
    batch.bad.push_back({line.number, std::move(reason)});
  }

  void deliver(const Batch& batch) {
    if (stopped_) return;
    for (const BadLine& bad : batch.bad) complain_(bad.number, bad.reason);
    add(batch.summary, summary_);
    if (auto written = write_(batch.out); !written) {
      write_error_ = std::move(written.error());
      stopped_ = true;
    }
  }

  storage::LineSource& lines_;
  const Options& options_;
  const Write& write_;
  const Complain& complain_;
  std::uint64_t number_ = 0;
  bool ended_ = false;
  std::atomic<bool> stopped_ = false;
  Summary summary_;
  std::optional<core::Error> read_error_;
  std::optional<core::Error> write_error_;
};

class StreamLines final : public storage::LineSource {
 public:
  explicit StreamLines(std::istream& stream) : stream_(stream) {}

  core::Result<std::optional<storage::Line>> next() override {
    text_.clear();
    ++number_;
    if (auto fits = take_line(); !fits) return core::fail(fits.error());
    if (stream_.bad()) return core::fail(core::ErrorKind::kPermanent, "cannot read the input");
    if (text_.empty() && stream_.eof()) return std::optional<storage::Line>();
    if (text_.ends_with('\r')) text_.pop_back();
    return storage::Line{number_, text_};
  }

 private:
  /// Up to its end; what is beyond the longest line is dropped.
  core::Status take_line() {
    constexpr std::size_t kLongest = core::limits::kProblemLineBytes;
    std::streambuf& buffer = *stream_.rdbuf();
    bool fits = true;
    for (int c = buffer.sbumpc(); c != '\n'; c = buffer.sbumpc()) {
      if (c == std::istream::traits_type::eof()) {
        stream_.setstate(std::ios::eofbit);
        break;
      }
      fits = fits && text_.size() < kLongest;
      if (fits) text_ += static_cast<char>(c);
    }
    if (fits) return {};
    return core::fail(core::ErrorKind::kInvalidInput,
                      "the line is longer than " + std::to_string(kLongest) + " bytes");
  }

  std::istream& stream_;
  std::string text_;
  std::uint64_t number_ = 0;
};

}  // namespace

core::Result<Summary> check_lines(storage::LineSource& lines, const Options& options, const Write& write,
                                  const Complain& complain) {
  return Stream(lines, options, write, complain).run();
}

std::unique_ptr<storage::LineSource> lines_of(std::istream& stream) {
  return std::make_unique<StreamLines>(stream);
}

std::string line_of(const checker::Check& check) {
  return codec::encode_checked_line(checked_line(check));
}

}  // namespace viltree::checker_lines
