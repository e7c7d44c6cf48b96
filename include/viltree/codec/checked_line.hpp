#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Lines of files of responses, which are solutions. As codec.hpp: pure, thread-safe, and decoding never
/// trusts.
namespace viltree::codec {

/// What a line is called by whoever wrote it: nothing, a number or a text.
using LineId = std::variant<std::monostate, std::uint64_t, std::string>;

/// One line of a file of responses: {"gold", "response", "type"?, "choices"?, "question"?, "id"?}. Gold,
/// response and choices may be numbers.
struct CheckRequest {
  LineId id;
  domain::Problem problem;  ///< answer, kind, choices and question; no more
  std::string response;
};

/// `kind` where the line has no type.
[[nodiscard]] core::Result<CheckRequest> decode_check_request(std::string_view line, domain::AnswerKind kind);

struct FoundAt {
  std::string_view rule;
  std::uint64_t begin = 0;  ///< bytes of the response
  std::uint64_t bytes = 0;
};

struct LineError {
  std::uint64_t line = 0;  ///< from 1
  std::string reason;
};

/// The line that answers a request: {"id"?, "verdict", "answer", "rule", "begin", "bytes"}, where nothing was
/// found null; or {"id"?, "line", "error"}.
struct CheckedLine {
  LineId id;
  domain::Verdict verdict = domain::Verdict::kUnparsed;
  std::optional<std::string> answer;
  std::optional<FoundAt> place;
  std::optional<LineError> error;
};

[[nodiscard]] std::string encode_checked_line(const CheckedLine& checked);

}  // namespace viltree::codec
