#pragma once

#include <viltree/checker/checker.hpp>
#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/storage/lines.hpp>

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <string>
#include <string_view>

/// Solutions by the file: lines of references and responses in, lines of verdicts out.
namespace viltree::checker_lines {

struct Options {
  domain::AnswerKind kind = domain::AnswerKind::kAuto;  ///< where a line names none
  checker::CheckOptions check;
  int threads = 0;  ///< 0: one a core
};

struct Summary {
  std::uint64_t right = 0;
  std::uint64_t wrong = 0;
  std::uint64_t unparsed = 0;
  std::uint64_t bad = 0;                       ///< lines that could not be checked
  std::map<std::string, std::uint64_t> rules;  ///< answers by the rule that found them

  [[nodiscard]] std::uint64_t lines() const { return right + wrong + unparsed + bad; }
};

/// Takes whole lines, in the order of the input.
using Write = std::function<core::Status(std::string_view lines)>;
/// Is told of a line that cannot be checked, by its number from 1.
using Complain = std::function<void(std::uint64_t line, const std::string& reason)>;

/// Checks every line that is not blank (see codec::decode_check_request) on all cores, and writes one line
/// for each (codec::encode_checked_line), in order. A line that cannot be checked gets one that says why.
/// Memory is bounded. Write and Complain are called by one thread at a time. An error is one of the input as
/// a whole, or of the writer.
[[nodiscard]] core::Result<Summary> check_lines(storage::LineSource& lines, const Options& options,
                                                const Write& write, const Complain& complain);

/// The lines of a stream, such as standard input. It must outlive them.
[[nodiscard]] std::unique_ptr<storage::LineSource> lines_of(std::istream& stream);

/// The line of one check, as check_lines writes it for a line without an id.
[[nodiscard]] std::string line_of(const checker::Check& check);

}  // namespace viltree::checker_lines
