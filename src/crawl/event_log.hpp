#pragma once

#include <viltree/core/result.hpp>
#include <viltree/storage/run_directory.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace viltree::crawl {

/// events.jsonl: what a person may want to know later, one JSON object a line, with the time. Lines of the
/// data set that were put aside are here, whole. Not synced: it says nothing that the run depends on. A line
/// that was cut off by a full disk, or by the end of the process, stays alone: the next event begins a line
/// of its own.
class EventLog {
 public:
  [[nodiscard]] static core::Result<EventLog> open(const storage::RunDirectory& run);

  using Fields = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] core::Status write(std::string_view event, const Fields& fields);

 private:
  EventLog(std::unique_ptr<storage::File> file, bool torn) : file_(std::move(file)), torn_(torn) {}
  std::unique_ptr<storage::File> file_;
  bool torn_;  // the file ends within a line
};

}  // namespace viltree::crawl
