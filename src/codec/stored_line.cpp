#include "stored_line.hpp"

#include <viltree/core/json_depth.hpp>
#include <viltree/core/limits.hpp>

#include <string>

#include <nlohmann/json.hpp>

namespace viltree::codec {

core::Error damaged(std::string_view record, std::string_view what) {
  return {core::ErrorKind::kCorruption, "a " + std::string(record) + " is damaged: " + std::string(what)};
}

core::Result<json::Value> parse_line(std::string_view line, std::string_view record) {
  if (line.size() > core::limits::kRecordBytes)
    return core::fail(
        damaged(record, "longer than " + std::to_string(core::limits::kRecordBytes) + " bytes"));
  std::optional<json::Value> document = json::parse(line);
  if (document && document->is_object()) return *std::move(document);
  if (core::json_depth_within(line)) return core::fail(damaged(record, "not a JSON object"));
  return core::fail(
      damaged(record, "nested more than " + std::to_string(core::limits::kJsonDepth) + " levels"));
}

core::Result<json::Value> parse_line(std::string_view line, std::string_view record, std::uint64_t version) {
  core::Result<json::Value> document = parse_line(line, record);
  if (!document) return document;
  Complaint complaint;
  const std::uint64_t found = Fields(*document, complaint).integer("version");
  if (complaint) return core::fail(damaged(record, complaint.text()));
  if (found == version) return document;
  return core::fail(damaged(record, "version " + std::to_string(found) + ", this program reads version " +
                                        std::to_string(version)));
}

}  // namespace viltree::codec
