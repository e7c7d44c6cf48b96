#include <viltree/storage/lines.hpp>

#include <utility>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;

Result<std::optional<TextFrame>> FrameCutter::add(std::string_view line) {
  if (line.size() >= core::limits::kRecordBytes) {
    return core::fail(ErrorKind::kExhausted, "line file: a line of " + std::to_string(line.size()) +
                                                 " bytes; the limit is " +
                                                 std::to_string(core::limits::kRecordBytes));
  }
  if (line.find('\n') != std::string_view::npos) {
    return core::fail(ErrorKind::kInvalidInput, "line file: a line has a line feed in it");
  }
  std::optional<TextFrame> full;
  if (!empty() && pending_.text.size() + line.size() + 1 > text_bytes_) full = finish();
  pending_.text.append(line).push_back('\n');
  ++pending_.lines;
  return full;
}

std::optional<TextFrame> FrameCutter::finish() {
  if (empty()) return std::nullopt;
  return std::exchange(pending_, TextFrame{});
}

}  // namespace viltree::storage
