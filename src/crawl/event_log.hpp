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
/// data set that were put aside are here, whole. Not synced: it says nothing that the run depends on.
class EventLog {
 public:
  [[nodiscard]] static core::Result<EventLog> open(const storage::RunDirectory& run);

  using Fields = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] core::Status write(std::string_view event, const Fields& fields);

 private:
  explicit EventLog(std::unique_ptr<storage::File> file) : file_(std::move(file)) {}
  std::unique_ptr<storage::File> file_;
};

}  // namespace viltree::crawl
